using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// Among jobs that the same handlers may run, the job with the higher priority goes first; with equal priorities, the
/// job with the earlier <c>runAt</c>.
/// </summary>
internal sealed class PriorityIsKept(World world) : Invariant(world)
{
    private readonly List<Job> _given = [];

    public override void Committing(Change change)
    {
        if (change is Change.JobAssigned assigned && World.Disk.Jobs.GetValueOrDefault(assigned.Id) is { } job)
        {
            _given.Add(job with { Current = assigned.Attempt });
        }
    }

    public override void Rested(BrokerProcess broker)
    {
        foreach (var given in World.IsWallSet ? [] : _given)
        {
            var lane = Broker.Core.Dispatch.LaneKey.Of(given.Spec);
            foreach (var other in World.Disk.Jobs.Values)
            {
                var isBetter =
                    other.Spec.Priority > given.Spec.Priority
                    || (other.Spec.Priority == given.Spec.Priority && other.RunAt < given.RunAt);
                if (
                    isBetter
                    && other.Current is null
                    && other.Namespace == given.Namespace
                    && other.Spec.ConcurrencyKey is null
                    && other.Spec.RateLimit is null
                    && Broker.Core.Dispatch.LaneKey.Of(other.Spec) == lane
                    && WasReady(broker, other, given.Current!.AssignedAt)
                )
                {
                    Require(
                        false,
                        () =>
                            $"{given.Id} (priority {given.Spec.Priority}, {given.RunAt:O}) went before "
                            + $"{other.Id} ({other.Spec.Priority}, {other.RunAt:O})"
                    );
                }
            }
        }

        _given.Clear();
    }

    private static bool WasReady(BrokerProcess broker, Job job, DateTimeOffset then) =>
        job.RunAt <= then
        && job.EnqueuedAt < then
        && broker.Core.State.FindJob(job.Namespace, job.Id) is { Job.State: JobState.Ready };
}
