using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Testing.Brokers;

/// <summary>Frames to inputs as the Broker's reception does it.</summary>
internal static class InputReader
{
    /// <param name="claim">Of a straight connection, which shows its key with its Hello.</param>
    /// <param name="sessionId">Makes a fresh one.</param>
    public static BrokerInput? Read(
        long connection,
        KeyClaim? claim,
        Func<string> sessionId,
        OfflineCopies copies,
        MessageKind kind,
        byte[] body
    ) =>
        ProtocolJson.TryRead(kind, body, out var message, out _)
            ? message switch
            {
                Report report => new BrokerInput.ReportSaid(connection, report),
                Heartbeat beat => new BrokerInput.HeartbeatSaid(connection, beat),
                Bye bye => new BrokerInput.ByeSaid(connection, bye.Reason),
                Hello hello => new BrokerInput.HelloSaid(connection, hello, claim, sessionId()),
                Ran ran => copies.Read(connection, ran),
                _ => null,
            }
            : null;
}
