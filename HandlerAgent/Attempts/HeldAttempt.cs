using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// One attempt that this handler runs. The object itself is queued to the thread pool, so that a start costs no further
/// object. Safe from any thread, except where a member says otherwise.
/// </summary>
// The source has no timer and nobody takes its wait handle; disposing it could race with a late Cancel.
#pragma warning disable CA1001
internal sealed class HeldAttempt(
    AssignedAttempt assigned,
    Method method,
    AttemptBook book,
    IServiceScopeFactory scopes,
    IOwnAttemptListener? own = null
) : IThreadPoolWorkItem
#pragma warning restore CA1001
{
    private static readonly ActivitySource Activities = new("ScheduleZero.HandlerAgent");

    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>The end of the lease that the attempt was assigned with.</summary>
    private readonly DateTimeOffset _firstDeadline = book.Lease.Now + TimeSpan.FromSeconds(assigned.LeaseSeconds);

    /// <summary>Why the attempt is asked to stop, a <see cref="CancelReason"/>; negative while nobody asked.</summary>
    private volatile int _cancelReason = -1;

    /// <summary>The attempt as the Broker assigned it, or as the agent made it for an offline occurrence.</summary>
    public AssignedAttempt Assigned => assigned;

    public AttemptId Id => assigned.AttemptId;

    public Method Method => method;

    /// <summary>
    /// Receives what an attempt of the agent's own reports; null for an attempt that the Broker assigned.
    /// </summary>
    public IOwnAttemptListener? Own => own;

    public CancellationToken Cancellation => _cancellation.Token;

    public CancelReason? CancelReason => _cancelReason is >= 0 and var reason ? (CancelReason)reason : null;

    /// <summary>
    /// The instant until which nobody else runs the job. An attempt of the agent's own needs no session to go on:
    /// nobody else runs its job until its time-out.
    /// </summary>
    public DateTimeOffset LeaseDeadline =>
        own is null && book.Lease.Deadline > _firstDeadline ? book.Lease.Deadline : _firstDeadline;

    public bool IsLeaseCertain => !IsGivenUp(CancelReason) && book.Lease.Now < LeaseDeadline;

    /// <summary>Whether the code has begun. Under the lock of the <see cref="AttemptBook"/>.</summary>
    public bool HasStarted { get; set; }

    /// <summary>
    /// The newest progress, which waits in the <see cref="ReportQueue"/>; null when none waits. Under the lock of the
    /// <see cref="AttemptBook"/>.
    /// </summary>
    public ReportEvent? PendingProgress { get; set; }

    /// <summary>
    /// How many log lines were dropped without a line that says so. Under the lock of the <see cref="AttemptBook"/>.
    /// </summary>
    public int DroppedLines { get; set; }

    /// <summary>Ends when the callbacks of the handler's code have run after the last <see cref="Cancel"/>.</summary>
    internal Task Cancelling { get; private set; } = Task.CompletedTask;

    /// <summary>Asks the code to stop. The code's callbacks run on another thread.</summary>
    public void Cancel(CancelReason reason)
    {
        // The first reason stands, except that losing the attempt outweighs being asked to stop.
        if (CancelReason is null || IsGivenUp(reason))
        {
            _cancelReason = (int)reason;
        }

        // CancelAsync runs the handler's callbacks on the thread pool; Cancel would run them on the loop.
        Cancelling = _cancellation.CancelAsync();
    }

    /// <summary>Whether the Broker accepts no result of the attempt any more.</summary>
    private static bool IsGivenUp(CancelReason? reason) =>
        reason is HandlerAgent.CancelReason.Abandoned or HandlerAgent.CancelReason.LeaseLost;

    public void Execute() => _ = RunAsync();

    /// <summary>Runs the code; ends when the outcome is in the <see cref="AttemptBook"/>.</summary>
    internal async Task RunAsync()
    {
        book.Start(this);
        ReportEvent final;
        try
        {
            using var activity = Activities.StartActivity(assigned.Method, ActivityKind.Consumer, assigned.Traceparent);
            await using var scope = scopes.CreateAsyncScope();
            var job = new JobContext(this, book, scope.ServiceProvider);
            final = ReportEvents.Succeeded(assigned, await method.Invoke(assigned.Params, job));
        }
#pragma warning disable CA1031 // Whatever the handler's code throws is the attempt's outcome.
        catch (Exception e)
#pragma warning restore CA1031
        {
            final = OutcomeOf(e);
        }

        book.Finish(this, final);
    }

    private ReportEvent OutcomeOf(Exception exception) =>
        exception is OperationCanceledException
            ? CancelReason switch
            {
                null => ReportEvents.Failed(assigned, AttemptErrors.From(exception)),
                HandlerAgent.CancelReason.AgentStopping => ReportEvents.Failed(assigned, AttemptErrors.Stopping),
                _ => ReportEvents.Cancelled(assigned),
            }
            : ReportEvents.Failed(assigned, AttemptErrors.From(exception));
}
