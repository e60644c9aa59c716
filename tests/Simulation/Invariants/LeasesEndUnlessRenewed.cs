using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>An attempt that no heartbeat or Hello has named for a whole lease is not open any more.</summary>
internal sealed class LeasesEndUnlessRenewed(World world) : Invariant(world)
{
    // Time for a loop that waits for the disk, and for heartbeats on their way to the loop.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    private readonly Dictionary<JobId, TimeSpan> _renewed = [];
    private TimeSpan _lastStep;
    private TimeSpan _slept;

    public override void Starting()
    {
        foreach (var job in World.Disk.Jobs.Values)
        {
            Renew(job.Id);
        }
    }

    public override void Heard(BrokerInput input)
    {
        switch (input)
        {
            case BrokerInput.HeartbeatSaid said:
                foreach (var id in said.Heartbeat.Running)
                {
                    Renew(id.Job);
                }

                break;
            case BrokerInput.HelloSaid said:
                foreach (var job in World.Disk.Jobs.Values.Where(job => job.Current?.Instance == said.Hello.Instance))
                {
                    Renew(job.Id); // The session is assigned the attempts again that its Hello does not name.
                }

                break;
            default:
                break;
        }
    }

    public override void Committing(Change change)
    {
        if (change is Change.JobAssigned assigned)
        {
            Renew(assigned.Id);
        }
    }

    public override void Stepped()
    {
        // A Broker that slept does not end leases for the time of its sleep.
        var gap = World.Agenda.Now - _lastStep;
        _slept += gap > TimeSpan.FromSeconds(1.5) ? gap : TimeSpan.Zero;
        _lastStep = World.Agenda.Now;
    }

    public override void Rested(BrokerProcess broker)
    {
        foreach (var job in World.Disk.Jobs.Values)
        {
            if (job.Current is { } open && broker.RestedAt == World.Agenda.Now)
            {
                var silence = World.Agenda.Now - _slept - _renewed.GetValueOrDefault(job.Id);
                Require(
                    silence <= World.CoreOptions.Lease + Slack,
                    () => $"{job.Id}.{open.Token} is open after {silence.TotalSeconds:0} s without a word"
                );
            }
        }
    }

    private void Renew(JobId id) => _renewed[id] = World.Agenda.Now - _slept;
}
