using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>A handler that comes back with an attempt that has ended is told to abandon it.</summary>
internal sealed class NoEndedAttemptIsResumed(World world) : Invariant(world)
{
    private readonly Dictionary<long, HashSet<AttemptId>> _ended = [];

    public override void Heard(BrokerInput input)
    {
        if (input is BrokerInput.HelloSaid { Hello.Resume: { } claims } said)
        {
            _ended[said.Connection] =
            [
                .. claims
                    .Select(claim => claim.AttemptId)
                    .Where(id => World.Disk.Find(id.Job)?.Holds(id.Token) == false),
            ];
        }
    }

    public override void Said(long connection, IBrokerMessage message)
    {
        if (message is Welcome welcome && _ended.TryGetValue(connection, out var ended))
        {
            var resumed = welcome.Resumed.FirstOrDefault(id =>
                ended.Contains(id) && World.Disk.Find(id.Job)?.Holds(id.Token) == false
            );
            Require(resumed == default, () => $"{resumed} had ended, and may go on");
        }
    }
}
