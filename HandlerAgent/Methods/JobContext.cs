using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// What the code of an attempt knows about the attempt, and how it reports while it runs. Safe from any thread; valid
/// until the attempt's task has ended.
/// </summary>
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
        Schedule = ScheduleOf(attempt.Assigned.Schedule);
        Batch = BatchOf(attempt.Assigned.Batch);
    }

    /// <summary>The id of the job, the same for all of its attempts.</summary>
    public JobId JobId => Assigned.JobId;

    /// <summary>The id of this attempt.</summary>
    public AttemptId AttemptId => Assigned.AttemptId;

    /// <summary>The method that the job asks for.</summary>
    public string Method => Assigned.Method;

    /// <summary>The number of this attempt, counted from 1.</summary>
    public int Attempt => Assigned.Attempt;

    /// <summary>
    /// How many attempts the job has in all; 1 to 100. The attempt is the last one when both numbers are equal.
    /// </summary>
    public int MaxAttempts => Assigned.MaxAttempts;

    /// <summary>
    /// A number that grows with every attempt of the job. Pass it to outside systems that can refuse an older one: that
    /// keeps an attempt which lost its lease unnoticed from undoing the work of a later one.
    /// </summary>
    public int FencingToken => Assigned.FencingToken;

    /// <summary>
    /// The schedule that made the job, and the nominal instant; null for a job that no schedule made.
    /// </summary>
    public JobSchedule? Schedule { get; }

    /// <summary>
    /// The batch that this job completes, and how the jobs of the batch ended; null for a job that completes none.
    /// </summary>
    public JobBatch? Batch { get; }

    /// <summary>
    /// The W3C trace context (<c>traceparent</c>) that the job was submitted with; null if it has none. While the code
    /// runs, <see cref="System.Diagnostics.Activity.Current"/> is a child of it when somebody listens to the source
    /// <c>ScheduleZero.HandlerAgent</c>.
    /// </summary>
    public string? Traceparent => Assigned.Traceparent;

    /// <summary>The tags of the job; at most 16, empty if it has none.</summary>
    public IReadOnlyList<string> Tags => Assigned.Tags ?? [];

    /// <summary>When the job was submitted, by the Broker's clock.</summary>
    public DateTimeOffset EnqueuedAt => Assigned.EnqueuedAt;

    /// <summary>The services of this attempt's own scope, which is disposed when the attempt has ended.</summary>
    public IServiceProvider Services { get; }

    /// <summary>
    /// The clock to wait and to tell the time by: that of the machine, or in a test that of the simulation.
    /// </summary>
    public TimeProvider Time => _book.Time;

    /// <summary>
    /// Cancelled when the attempt is asked to stop; <see cref="CancelReason"/> says why. Code that stops lets its task
    /// end with an <see cref="OperationCanceledException"/>. Code that returns all the same reports its result, which
    /// counts unless the Broker has given the attempt up meanwhile.
    /// </summary>
    public CancellationToken CancellationToken => _attempt.Cancellation;

    /// <summary>
    /// Why the attempt is asked to stop; null while nobody asked. Set before <see cref="CancellationToken"/> is
    /// cancelled. The first reason stands, except that the loss of the attempt
    /// (<see cref="HandlerAgent.CancelReason.LeaseLost"/>, <see cref="HandlerAgent.CancelReason.Abandoned"/>) takes its
    /// place.
    /// </summary>
    public CancelReason? CancelReason => _attempt.CancelReason;

    /// <summary>
    /// Until when this attempt may assume that nobody else runs its job, as far as this side can know: the last
    /// heartbeat handed to a live connection, plus the lease. A cut is noticed only after the connection's own
    /// time-out, so guard what must not happen twice with <see cref="FencingToken"/>.
    /// </summary>
    public DateTimeOffset LeaseDeadline => _attempt.LeaseDeadline;

    /// <summary>
    /// Whether <see cref="LeaseDeadline"/> lies ahead and the Broker has not given the attempt up.
    /// </summary>
    public bool IsLeaseCertain => _attempt.IsLeaseCertain;

    /// <summary>Writes to the job's log, as <see cref="Log"/> does; an exception follows its line.</summary>
    public ILogger Logger => _logger ??= new JobLogger(this);

    /// <summary>How many bytes of JSON the Broker takes as a result.</summary>
    internal int ResultBytesMax => _book.ResultBytesMax;

    /// <summary>The attempt as the Broker assigned it.</summary>
    internal AssignedAttempt Assigned => _attempt.Assigned;

    /// <summary>
    /// Says how far the attempt is. Only the newest word is sent when they come faster than the connection carries
    /// them.
    /// </summary>
    /// <param name="percent">0 to 100; what lies outside is moved to the nearer end.</param>
    /// <param name="message">A few words for people; cut at 4,096 characters. Null for none.</param>
    public void ReportProgress(double percent, string? message = null) =>
        _book.ReportProgress(_attempt, double.IsNaN(percent) ? 0 : Math.Clamp(percent, 0, 100), message);

    /// <summary>
    /// Adds a line to the job's log; cut at 16,384 characters. Lines that come faster than the connection carries them
    /// are dropped and counted (<see cref="HandlerAgentOptions.PendingLogLinesMax"/>).
    /// </summary>
    /// <param name="level">How important the line is; <see cref="LogLevel.None"/> writes nothing.</param>
    /// <param name="message">The line.</param>
    public void Log(LogLevel level, string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (level != LogLevel.None)
        {
            _book.Log(_attempt, level, message);
        }
    }

    private static JobSchedule? ScheduleOf(AssignedSchedule? schedule) =>
        schedule is null ? null : new JobSchedule { Name = schedule.Name, Nominal = schedule.Nominal };

    private static JobBatch? BatchOf(CompletedBatch? batch) =>
        batch is null
            ? null
            : new JobBatch
            {
                Id = batch.Id,
                Name = batch.Name,
                Total = batch.Total,
                Succeeded = batch.Succeeded,
                Failed = batch.Failed,
                Cancelled = batch.Cancelled,
                Expired = batch.Expired,
            };
}
