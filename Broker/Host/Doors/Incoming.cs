using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Broker.Host.Doors;

/// <summary>What one connection says to the ROUTER.</summary>
/// <param name="Number">The number of the connection.</param>
/// <param name="Message">The message; null: the connection has ended.</param>
internal readonly record struct Incoming(ulong Number, ZmtpMessage? Message)
{
    /// <summary>Sends it to the ROUTER inside the process. For the thread of the poller.</summary>
    /// <returns>False when the ROUTER's queue is full; then nothing was sent.</returns>
    public bool TrySend(DealerSocket socket)
    {
        var frame = new Msg();
        frame.InitPool(FrontDoor.NumberBytes);
        BinaryPrimitives.WriteUInt64BigEndian(frame.Slice(), Message is null ? 0 : Number);
        if (!socket.TrySend(ref frame, TimeSpan.Zero, more: true))
        {
            frame.Close();
            return false;
        }

        if (Message is { } message)
        {
            for (var i = 0; i < message.Frames.Length; i++)
            {
                SendRest(socket, message.Frames[i], more: i < message.Frames.Length - 1);
            }

            return true;
        }

        // No connection has the number 0, so no peer can say that another has ended.
        SendRest(socket, DoorConnection.NameOf(Number), more: false);
        return true;
    }

    private static void SendRest(DealerSocket socket, ReadOnlyMemory<byte> bytes, bool more)
    {
        var frame = new Msg();
        if (MemoryMarshal.TryGetArray(bytes, out var array) && array.Array is not null)
        {
            frame.InitGC(array.Array, array.Offset, array.Count);
        }
        else
        {
            frame.InitPool(bytes.Length);
            bytes.Span.CopyTo(frame.Slice());
        }

        // After its first frame the rest of a message is never refused.
        if (!socket.TrySend(ref frame, TimeSpan.Zero, more))
        {
            frame.Close();
            throw new InvalidOperationException("A message was cut short inside the process.");
        }
    }
}
