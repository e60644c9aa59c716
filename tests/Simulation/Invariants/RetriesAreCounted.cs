using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class RetriesAreCounted(World world) : Invariant(world)
{
    public override void Committing(Change change)
    {
        if (change is Change.JobAssigned assigned && World.Disk.Jobs.GetValueOrDefault(assigned.Id) is { } job)
        {
            var used = 1 + (job.Ended?.Count(attempt => attempt.Outcome != AttemptOutcome.Rejected) ?? 0);
            Require(
                assigned.AttemptsUsed == used,
                () => $"attempt {used} of {job.Id} is counted as {assigned.AttemptsUsed}"
            );
            Require(
                used <= job.Spec.Retry.MaxAttempts,
                () => $"{job.Id} has {used} of {job.Spec.Retry.MaxAttempts} attempts"
            );
        }
    }
}
