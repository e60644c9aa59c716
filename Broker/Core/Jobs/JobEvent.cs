using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>What can happen to one job. Chance is a draw from [0, 1) for the backoff's jitter.</summary>
public abstract record JobEvent
{
    private JobEvent() { }

    /// <summary>Its time has come.</summary>
    public sealed record Due : JobEvent;

    public sealed record Assigned(Attempt Attempt) : JobEvent;

    public sealed record Started(int Token) : JobEvent;

    public sealed record Succeeded(int Token) : JobEvent;

    public sealed record Failed(int Token, AttemptError Error, double Chance) : JobEvent;

    /// <summary>The handler stopped the attempt, mostly because it was asked to.</summary>
    public sealed record Stopped(int Token, double Chance) : JobEvent;

    /// <summary>The handler had no room, or no such method.</summary>
    public sealed record Rejected(int Token, string Reason) : JobEvent;

    public sealed record TimedOut(int Token, double Chance) : JobEvent;

    public sealed record LeaseLost(int Token, string Reason, double Chance) : JobEvent;

    public sealed record CancelRequested : JobEvent;

    /// <summary>The handler did not stop in time.</summary>
    public sealed record GraceOver(int Token) : JobEvent;

    public sealed record RetryRequested : JobEvent;

    /// <summary>Somebody wants the job to go before, or behind, others.</summary>
    /// <param name="Wishes">The job's spec with the new priority; jobs of one change share it.</param>
    public sealed record PriorityChanged(JobSpec Wishes) : JobEvent;

    public sealed record StartDeadlinePassed : JobEvent;

    /// <summary>Its handler ran the occurrence by itself, while it was out of reach.</summary>
    /// <param name="Attempt">The last one, as ended; its token is set here.</param>
    public sealed record RanOffline(Attempt Attempt) : JobEvent;

    /// <summary>A job that this one waits for has ended.</summary>
    public sealed record AwaitedEnded(JobId Id, JobState State) : JobEvent;

    /// <summary>It is time to cancel a job for the one that it waited for.</summary>
    public sealed record Doomed : JobEvent;

    /// <summary>All jobs of the batch that it completes have ended.</summary>
    public sealed record BatchEnded(CompletedBatch End) : JobEvent;
}
