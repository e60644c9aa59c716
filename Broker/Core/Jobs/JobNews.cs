using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>Publishes the steps of jobs, in the words of the events stream.</summary>
internal static class JobNews
{
    public static void Publish(Job before, Job after, JobEvent happened, RawJson result, Decision decision)
    {
        if (after.State == JobState.Scheduled && happened is JobEvent.AwaitedEnded or JobEvent.BatchEnded)
        {
            return; // The job goes on waiting.
        }

        var handler = (after.Current ?? before.Current)?.Handler;
        var (type, detail) = (after.State, happened) switch
        {
            (_, JobEvent.Assigned) => ("job.assigned", null),
            (_, JobEvent.Started) => ("job.started", null),
            (_, JobEvent.PriorityChanged) => ("job.priorityChanged", null),
            (_, JobEvent.Changed) => ("job.changed", null),
            (JobState.Succeeded, _) => ("job.succeeded", null),
            (JobState.Failed, _) => ("job.failed", after.Error?.Message),
            (JobState.Cancelled, JobEvent.ChainBroken) => ("job.cancelled", after.Error?.Message),
            (JobState.Cancelled, _) => ("job.cancelled", null),
            (JobState.Expired, _) => ("job.expired", null),
            (JobState.Running, JobEvent.CancelRequested) => ("job.cancelRequested", null),
            (JobState.Scheduled, _) => ("job.retrying", after.Ended?[^1].Error?.Message),
            _ => ("job.ready", (string?)null),
        };
        decision.Effects.Add(
            new Effect.Publish(
                new Happened(
                    type,
                    after.Namespace,
                    after.Id.ToString(),
                    decision.Now.Wall,
                    after,
                    handler,
                    detail,
                    result
                )
            )
        );
    }
}
