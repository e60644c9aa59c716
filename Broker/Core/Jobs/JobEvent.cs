using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// What can happen to one job. A <c>Token</c> is the fencing token of the attempt that the event speaks of. A
/// <c>Chance</c> is a draw from [0, 1) for the jitter of the backoff.
/// </summary>
public abstract record JobEvent
{
    private JobEvent() { }

    /// <summary>Somebody asks for a job that does not exist yet. The only event that makes one.</summary>
    /// <param name="Occurrence">The occurrence of a schedule for which the job is made; null for none.</param>
    /// <param name="Chain">The jobs that the new one runs after; null for none.</param>
    public sealed record Enqueued(NewJob Asked, Occurrence? Occurrence, Chain? Chain) : JobEvent;

    /// <summary>The instant <c>runAt</c> has come.</summary>
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

    /// <summary>A handler tells how an attempt ended after the attempt had lost its lease or run out of time.</summary>
    /// <param name="Error">The error that the handler tells of; null when it tells of none.</param>
    public sealed record ResultCameLate(int Token, AttemptError? Error) : JobEvent;

    /// <summary>Somebody wants the job not to run.</summary>
    /// <param name="Grace">How long a running attempt may take to stop.</param>
    public sealed record CancelRequested(TimeSpan Grace) : JobEvent;

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

    /// <summary>The job's namespace is being deleted, and nobody will ask how the job ended.</summary>
    public sealed record NamespaceDeleted : JobEvent;
}
