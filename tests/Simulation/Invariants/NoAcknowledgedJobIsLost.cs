using ScheduleZero.Broker.Core;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Producers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class NoAcknowledgedJobIsLost(World world) : Invariant(world)
{
    private bool _isNewStart;

    public override void Starting() => _isNewStart = true;

    public override void Answered(Ask ask, Answer answer)
    {
        if (answer is Answer.Enqueued enqueued)
        {
            foreach (var job in enqueued.Jobs)
            {
                Require(World.Disk.Holds(job.Id), () => $"{job.Id} was acknowledged, and is not on the disk");
            }
        }
    }

    public override void Rested(BrokerProcess broker)
    {
        if (!_isNewStart)
        {
            return;
        }

        _isNewStart = false;
        foreach (var job in World.Disk.Jobs.Values)
        {
            Require(
                broker.Core.State.FindJob(job.Namespace, job.Id) is not null,
                () => $"{job.Id} was not loaded again"
            );
        }
    }

    public override void Ended() =>
        Require(World.Desk.Acknowledged.TrueForAll(World.Disk.Holds), () => "an acknowledged job is gone");
}
