using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Testing.Brokers;

/// <summary>Turns frames into inputs as the Broker's reception does.</summary>
internal static class InputReader
{
    /// <summary>Reads an input from a frame; null for one that makes no sense.</summary>
    /// <param name="claim">The claim of a direct connection, which shows its key with its Hello; null behind a
    /// Bridge.</param>
    /// <param name="sessionId">Makes the id of a session.</param>
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
