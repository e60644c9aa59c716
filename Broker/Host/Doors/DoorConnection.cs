using System.Buffers.Binary;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Broker.Host.Doors;

/// <summary>One connection, with what the door decides by.</summary>
/// <param name="place">The connection's place at the listener; null for one that the door has dialled.</param>
/// <param name="now">When the connection began, as a timestamp of the clock.</param>
internal sealed class DoorConnection(ZmtpConnection zmtp, ConnectionPlace? place, long now)
{
    public ZmtpConnection Zmtp => zmtp;

    /// <summary>The connection's place at the listener; null for one that the door has dialled.</summary>
    public ConnectionPlace? Place => place;

    public bool IsDialled => place is null;

    /// <summary>
    /// Since when the connection has led to nobody who proved who it is, as a timestamp of the clock; the moment of the
    /// last check while it leads to somebody. Used only on the poller's thread.
    /// </summary>
    public long UnprovedSince { get; set; } = now;

    /// <summary>The number of a connection as the frame that names it.</summary>
    public static byte[] NameOf(ulong number)
    {
        var name = new byte[FrontDoor.NumberBytes];
        BinaryPrimitives.WriteUInt64BigEndian(name, number);
        return name;
    }

    /// <summary>The number in the first routing frame of a message; 0 for a frame that is no number.</summary>
    public static ulong NumberOf(ReadOnlySpan<byte> frame) =>
        frame.Length == FrontDoor.NumberBytes ? BinaryPrimitives.ReadUInt64BigEndian(frame) : 0;
}
