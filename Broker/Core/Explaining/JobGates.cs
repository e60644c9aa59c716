using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;
using static ScheduleZero.Broker.Core.Explaining.GateViews;

namespace ScheduleZero.Broker.Core.Explaining;

/// <summary>Explains the gates of a job itself: the jobs that it waits for, its time, and its open attempt.</summary>
internal static class JobGates
{
    public static GateView After(Chain chain)
    {
        if (chain.IsOpen)
        {
            return Pass(GateCode.After, "The jobs after which it runs have ended.");
        }

        if (chain.BrokenBy is { } ended)
        {
            return Hold(
                GateCode.After,
                $"Job {ended.Id}, after which it was to run, ended as {ended.State}; it will be cancelled.",
                "Nothing opens it again."
            );
        }

        var names =
            $"{string.Join(", ", chain.Left.Take(NamedMax))}"
            + $"{(chain.Left.Count > NamedMax ? $" and {chain.Left.Count - NamedMax} more" : "")}";
        return chain.OnFailure == AfterFailure.Run
            ? Hold(GateCode.After, $"It runs after job {names}.", "Each of them has ended, whatever comes of it.")
            : Hold(
                GateCode.After,
                $"It runs after job {names}.",
                "Each of them has succeeded; when one does not, the job is cancelled."
            );
    }

    public static GateView Completes(Completion batch) =>
        batch.End is not null
            ? Pass(GateCode.After, "The jobs of the batch that it completes have ended.")
            : Hold(
                GateCode.After,
                $"It completes batch {batch.Batch}, of which jobs have not ended.",
                "The last of them ends, whatever comes of it."
            );

    public static GateView Due(Job job, Moment now)
    {
        if (job.State != JobState.Scheduled || job.RunAt <= now.Wall)
        {
            return Pass(GateCode.NotDue, "It is due.");
        }

        if (job.Ended is [.., { Outcome: AttemptOutcome.Rejected } rejected])
        {
            var times = job.Ended.Reverse().TakeWhile(attempt => attempt.Outcome == AttemptOutcome.Rejected).Count();
            return Hold(
                GateCode.Rejected,
                $"Handlers gave it back {(times < JobMachine.RejectionsKept ? $"{times}" : $"{times} or more")} "
                    + $"times in a row, the last time {rejected.Handler}: {rejected.Error?.Message}",
                "A handler takes it. It is offered again in a moment.",
                job.RunAt
            );
        }

        return job.Ended is { Count: > 0 } ended
            ? Hold(
                GateCode.NotDue,
                $"Attempt {ended[^1].Number} did not succeed, and it waits before the next.",
                "The wait is over, or a retry is asked for.",
                job.RunAt
            )
            : Hold(GateCode.NotDue, "It is to run later.", "Its runAt comes, or a retry is asked for.", job.RunAt);
    }

    public static GateView Running(Job job, Attempt attempt, OpenAttempt open, Moment now)
    {
        var since = attempt.StartedAt ?? attempt.AssignedAt;
        return open.GraceUntil is { } grace
            ? Hold(
                GateCode.Stopping,
                $"It was cancelled while handler {attempt.Handler} ran it, which is given time to stop.",
                "The handler stops, or the grace is over.",
                now.Wall + (grace - now.Steady)
            )
            : Hold(
                GateCode.Running,
                $"Handler {attempt.Handler} runs it, as attempt {attempt.Number} of "
                    + $"{job.Spec.Retry.MaxAttempts}, since {since:u}.",
                "The attempt ends, at the latest by its time-out.",
                now.Wall + (open.TimeoutAt - now.Steady)
            );
    }
}
