using ScheduleZero.Contracts;
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

    /// <summary>Somebody asks for a job that does not exist yet. This is the only event that makes a job.</summary>
    /// <param name="Occurrence">The occurrence of a schedule for which the job is made; null for none.</param>
    /// <param name="Chain">The jobs that the new one runs after; null for none.</param>
    public sealed record Enqueued(NewJob Asked, Occurrence? Occurrence, Chain? Chain) : JobEvent;

    /// <summary>The instant <c>runAt</c> has come.</summary>
    public sealed record Due : JobEvent;

    /// <summary>The job was assigned to a session, under a new fencing token.</summary>
    public sealed record Assigned(Attempt Attempt) : JobEvent;

    /// <summary>The handler says that its code has begun.</summary>
    public sealed record Started(int Token) : JobEvent;

    /// <summary>The handler says that the attempt has succeeded.</summary>
    public sealed record Succeeded(int Token) : JobEvent;

    /// <summary>The handler says that the attempt has failed.</summary>
    public sealed record Failed(int Token, AttemptError Error, double Chance) : JobEvent;

    /// <summary>The handler has stopped the attempt, mostly because the Broker had asked for that.</summary>
    public sealed record Stopped(int Token, double Chance) : JobEvent;

    /// <summary>The handler has rejected the attempt: it had no room, or no such method.</summary>
    public sealed record Rejected(int Token, string Reason) : JobEvent;

    /// <summary>The attempt ran longer than the job's time-out.</summary>
    public sealed record TimedOut(int Token, double Chance) : JobEvent;

    /// <summary>The attempt has lost its lease.</summary>
    /// <param name="Reason">Why the lease was lost, for the error of the attempt.</param>
    public sealed record LeaseLost(int Token, string Reason, double Chance) : JobEvent;

    /// <summary>A handler reports how an attempt ended after the attempt had lost its lease or timed out.</summary>
    /// <param name="Error">The error that the handler reports; null for none.</param>
    public sealed record ResultCameLate(int Token, AttemptError? Error) : JobEvent;

    /// <summary>Somebody wants the job not to run.</summary>
    /// <param name="Grace">How long a running attempt may take to stop.</param>
    public sealed record CancelRequested(TimeSpan Grace) : JobEvent;

    /// <summary>The handler of a cancelled attempt has not stopped it within the grace.</summary>
    public sealed record GraceOver(int Token) : JobEvent;

    /// <summary>Somebody wants the wait for <c>runAt</c>, or for the end of a backoff, to end.</summary>
    public sealed record RetryRequested : JobEvent;

    /// <summary>Somebody wants the job to go before, or behind, others.</summary>
    /// <param name="Spec">The job's spec with the new priority; jobs of one change share it.</param>
    public sealed record PriorityChanged(JobSpec Spec) : JobEvent;

    /// <summary>Somebody wants the job to run at another time, or with other params.</summary>
    /// <param name="RunAt">The new time; null for the same.</param>
    /// <param name="Params">The new params; empty for the same.</param>
    public sealed record Changed(DateTimeOffset? RunAt, RawJson Params) : JobEvent;

    /// <summary>The job's start deadline has come.</summary>
    public sealed record StartDeadlinePassed : JobEvent;

    /// <summary>The job's handler ran the occurrence by itself, while it was out of reach.</summary>
    /// <param name="Attempt">The last attempt that the handler made, as it ended. The job sets the token.</param>
    public sealed record RanOffline(Attempt Attempt) : JobEvent;

    /// <summary>A job that this one runs after has ended.</summary>
    public sealed record AwaitedEnded(JobId Id, JobState State) : JobEvent;

    /// <summary>
    /// The job is cancelled now, because a job that it was to run after did not succeed.
    /// </summary>
    public sealed record ChainBroken : JobEvent;

    /// <summary>All jobs of the batch that the job completes have ended.</summary>
    public sealed record BatchEnded(CompletedBatch End) : JobEvent;

    /// <summary>The job's namespace is being deleted, and nobody will ask how the job ended.</summary>
    public sealed record NamespaceDeleted : JobEvent;
}
