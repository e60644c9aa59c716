using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Makes the reply to a message that was sealed for a session which is not there.</summary>
internal static class SealedReply
{
    /// <param name="kind">The kind of the message.</param>
    /// <param name="bridgeConnection">The connection as its Bridge numbers it; 0 without a Bridge.</param>
    public static Outgoing OfUnknown(MessageKind kind, ulong bridgeConnection = 0) =>
        kind is MessageKind.Hello or MessageKind.Rotate
            ? Outgoing.Of(
                new Refused(ErrorCodes.Unavailable, "The handshake is not the newest one here: say Challenge again."),
                bridgeConnection
            )
            : Outgoing.Of(new Greet("No sealed session: say Hello."), bridgeConnection);
}
