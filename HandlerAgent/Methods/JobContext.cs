using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.HandlerAgent;

/// <summary>What an attempt knows about itself, and how it speaks while it runs. Safe from any thread.</summary>
public sealed class JobContext
{
    private readonly HeldAttempt _attempt;
    private readonly AttemptBook _book;
    private JobLogger? _logger;

    internal JobContext(HeldAttempt attempt, AttemptBook book, IServiceProvider services)
    {
        _attempt = attempt;
        _book = book;
        Services = services;
    }

    public JobId JobId => Assigned.JobId;

    public AttemptId AttemptId => Assigned.AttemptId;

    public string Method => Assigned.Method;

    /// <summary>Counted from 1.</summary>
    public int Attempt => Assigned.Attempt;

    public int MaxAttempts => Assigned.MaxAttempts;

    /// <summary>Grows with every attempt of the job. Pass it to outside systems that can refuse an older one.</summary>
    public int FencingToken => Assigned.FencingToken;

    /// <summary>The schedule and the nominal instant that made the job, if one did.</summary>
    public AssignedSchedule? Schedule => Assigned.Schedule;

    /// <summary>How the jobs of a batch ended, if this job is the one that completes it.</summary>
    public CompletedBatch? Batch => Assigned.Batch;

    public string? Traceparent => Assigned.Traceparent;

    public IReadOnlyList<string> Tags => Assigned.Tags ?? [];

    public DateTimeOffset EnqueuedAt => Assigned.EnqueuedAt;

    /// <summary>The services of this attempt's own scope.</summary>
    public IServiceProvider Services { get; }

    /// <summary>What to wait and to tell the time by: the machine's clock, or in a test the simulation's.</summary>
    public TimeProvider Time => _book.Time;

    /// <summary>Asks the attempt to stop; see <see cref="CancelReason"/>.</summary>
    public CancellationToken Cancellation => _attempt.Cancellation;

    /// <summary>
    /// <c>cancelled</c>, <c>timed_out</c>, <c>lost</c>, <c>abandoned</c> or <c>agent_stopping</c>; null while nobody
    /// asked the attempt to stop.
    /// </summary>
    public string? CancelReason => _attempt.CancelReason;

    /// <summary>
    /// Until when this attempt may assume that nobody else runs its job, as far as this side can know: the last
    /// heartbeat handed to a live connection, plus the lease. A cut is noticed only after the connection's own
    /// time-out, so guard what must not happen twice with <see cref="FencingToken"/>.
    /// </summary>
    public DateTimeOffset LeaseDeadline => _attempt.LeaseDeadline;

    /// <summary>Whether <see cref="LeaseDeadline"/> lies ahead and nobody fenced the attempt off.</summary>
    public bool IsLeaseCertain => _attempt.IsLeaseCertain;

    /// <summary>Writes to the job's log.</summary>
    public ILogger Logger => _logger ??= new JobLogger(this);

    /// <summary>Bytes of JSON that the Broker takes as a result.</summary>
    internal int ResultBytesMax => _book.ResultBytesMax;

    private AssignedAttempt Assigned => _attempt.Assigned;

    /// <summary>
    /// Says how far the attempt is. Only the newest word is sent when they come faster than the connection carries
    /// them.
    /// </summary>
    /// <param name="percent">0 to 100; what lies outside is moved to the nearer end.</param>
    public void ReportProgress(double percent, string? message = null) =>
        _book.ReportProgress(_attempt, double.IsNaN(percent) ? 0 : Math.Clamp(percent, 0, 100), message);

    /// <summary>
    /// Adds a line to the job's log; cut at 16,384 characters. Lines that come faster than the connection carries them
    /// are dropped and counted.
    /// </summary>
    public void Log(LogLevel level, string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (level != LogLevel.None)
        {
            _book.Log(_attempt, level, message);
        }
    }
}
