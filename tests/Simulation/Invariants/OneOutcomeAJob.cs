using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class OneOutcomeAJob(World world) : Invariant(world)
{
    public override void Committing(Change change)
    {
        var id = change switch
        {
            Change.JobFinished c => c.Job.Id,
            Change.JobChanged c => c.Job.Id,
            Change.JobAssigned c => c.Id,
            _ => default(JobId?),
        };
        if (id is { } changed)
        {
            Require(
                World.Disk.Jobs.ContainsKey(changed),
                () => $"{change} came to a job that was {World.Disk.Find(changed)}"
            );
        }

        if (change is Change.JobFinished { Job: var job })
        {
            var succeeded = job.Ended?.Count(attempt => attempt.Outcome == AttemptOutcome.Succeeded) ?? 0;
            Require(
                succeeded == (job.State == JobState.Succeeded ? 1 : 0),
                () => $"{job.Id} is {job.State} with {succeeded} successes"
            );
        }
    }
}
