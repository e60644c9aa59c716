using System.Net;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// One connection of a link, and the layout of its messages: an empty frame, the header, the body. Only the
/// connection's loop uses it.
/// </summary>
/// <param name="place">The connection's place at the Bridge's listener; null for one that the Bridge has dialled.
/// </param>
internal sealed class LinkConnection(ZmtpConnection connection, ConnectionPlace? place, LinkContext context)
{
    /// <summary>The most bytes of one message before the peer has proved to be the Broker.</summary>
    private const int StrangersMessageBytesMax = 8 * 1024;

    /// <summary>The address at the other end of the connection.</summary>
    public IPAddress Address => connection.Remote.Address;

    /// <summary>Receives small messages only from now on: a stranger gets no memory for large ones.</summary>
    public void DistrustPeer() => connection.MessageBytesMax = StrangersMessageBytesMax;

    /// <summary>Receives large messages too from now on, since the peer has proved that it is the Broker.</summary>
    public void TrustPeer() => connection.MessageBytesMax = context.Settings.Limits.LinkFrameBytesMax;

    /// <summary>
    /// Notes that the peer has proved that it knows the Bridge's key: its connection makes room for no stranger.
    /// </summary>
    public void KeepPeer() => place?.Prove();

    /// <summary>Ends the connection.</summary>
    public void End(string reason) => connection.End(reason);

    /// <summary>Sends a message of the link itself, which is not counted.</summary>
    /// <returns>False when too much waits already; then nothing was sent.</returns>
    public bool TrySend(IMessage message) => TrySend(new FrameHeader(message.Kind), ProtocolJson.Write(message));

    /// <summary>Sends a message. Nobody writes to its body any more.</summary>
    /// <returns>False when too much waits already; then nothing was sent.</returns>
    public bool TrySend(FrameHeader header, ReadOnlyMemory<byte> body) =>
        connection.TrySend(new ZmtpMessage([ReadOnlyMemory<byte>.Empty, header.ToFrame(), body]));

    /// <summary>Takes a message apart.</summary>
    /// <returns>False for frames that make no sense.</returns>
    public static bool TryRead(ZmtpMessage message, out FrameHeader header, out ReadOnlyMemory<byte> body)
    {
        header = default;
        body = default;
        if (
            message.Frames is not [{ IsEmpty: true }, var headerFrame, var bodyFrame]
            || !FrameHeader.TryParse(headerFrame.Span, out header)
        )
        {
            return false;
        }

        body = bodyFrame;
        return true;
    }
}
