using ScheduleZero.Broker.Core;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// No session has more open attempts than its handler ever granted at once. Attempts from before a start of the Broker
/// that the handler did not name again do not count.
/// </summary>
internal sealed class CreditIsKept(World world) : Invariant(world)
{
    private readonly Dictionary<long, string> _instances = [];
    private readonly Dictionary<string, int> _granted = [];

    public override void Heard(BrokerInput input)
    {
        switch (input)
        {
            case BrokerInput.HelloSaid said:
                _instances[said.Connection] = said.Hello.Instance;
                Grant(said.Connection, said.Hello.Capacity);
                break;
            case BrokerInput.HeartbeatSaid said:
                Grant(said.Connection, said.Heartbeat.Capacity);
                break;
            default:
                break;
        }
    }

    public override void Committing(Change change)
    {
        if (change is Change.JobAssigned { Attempt: { Instance: var instance, Session: var session } })
        {
            var open = World.Disk.Jobs.Values.Count(job => job.Current?.Session == session);
            Require(
                open < _granted.GetValueOrDefault(instance),
                () => $"{instance} got one more than the {open} that it may have"
            );
        }
    }

    private void Grant(long connection, int capacity)
    {
        if (_instances.TryGetValue(connection, out var instance))
        {
            _granted[instance] = Math.Max(capacity, _granted.GetValueOrDefault(instance));
        }
    }
}
