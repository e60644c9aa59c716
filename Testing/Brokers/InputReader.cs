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
        kind switch
        {
            MessageKind.Report when ProtocolJson.TryRead<Report>(body, out var report, out _) =>
                new BrokerInput.ReportSaid(connection, report),
            MessageKind.Heartbeat when ProtocolJson.TryRead<Heartbeat>(body, out var beat, out _) =>
                new BrokerInput.HeartbeatSaid(connection, beat),
            MessageKind.Bye when ProtocolJson.TryRead<Bye>(body, out var bye, out _) => new BrokerInput.ByeSaid(
                connection,
                bye.Reason
            ),
            MessageKind.Hello when ProtocolJson.TryRead<Hello>(body, out var hello, out _) => new BrokerInput.HelloSaid(
                connection,
                hello,
                claim,
                sessionId()
            ),
            MessageKind.Ran when ProtocolJson.TryRead<Ran>(body, out var ran, out _) => copies.Read(connection, ran),
            _ => null,
        };
}
