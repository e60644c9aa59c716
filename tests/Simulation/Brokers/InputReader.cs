using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Simulation.Network;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Brokers;

/// <summary>Frames to inputs as the Broker's reception does it, with ids from the seed.</summary>
internal static class InputReader
{
    public static BrokerInput? Read(World world, Link link, MessageKind kind, byte[] body, bool isStraight) => kind switch
    {
        MessageKind.Report when ProtocolJson.TryRead<Report>(body, out var report, out _) => new BrokerInput.ReportSaid(link.Number, report),
        MessageKind.Heartbeat when ProtocolJson.TryRead<Heartbeat>(body, out var beat, out _) => new BrokerInput.HeartbeatSaid(link.Number, beat),
        MessageKind.Bye when ProtocolJson.TryRead<Bye>(body, out var bye, out _) => new BrokerInput.ByeSaid(link.Number, bye.Reason),
        MessageKind.Hello when ProtocolJson.TryRead<Hello>(body, out var hello, out _) =>
            new BrokerInput.HelloSaid(link.Number, hello, isStraight ? link.Owner.Claim : null, $"session-{world.NextConnection()}"),
        _ => null,
    };
}
