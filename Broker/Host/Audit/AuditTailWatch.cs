using ScheduleZero.Broker.Core.Audit;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>
/// Knows how much of the audit log is on disk and how much of it is signed, and completes a task when the log has grown
/// to a given event. Safe from any thread.
/// </summary>
internal sealed class AuditTailWatch
{
    private readonly Lock _gate = new();
    private AuditTail _tail = AuditTail.Start;

    /// <summary>A source that completes when the log reaches <see cref="_awaited"/>; null while nobody waits.</summary>
    private TaskCompletionSource? _reached;

    /// <summary>The sequence number that somebody waits for.</summary>
    private long _awaited;

    /// <summary>The newest signature of this start of the Broker; null before the first.</summary>
    private AuditSigned? _signed;

    /// <summary>Why the newest try to sign failed; null when it did not.</summary>
    private string? _problem;

    public AuditTail Tail
    {
        get
        {
            lock (_gate)
            {
                return _tail;
            }
        }
    }

    /// <summary>The end of the log, the newest signature, and why the newest try to sign failed.</summary>
    public (AuditTail Tail, AuditSigned? Signed, string? Problem) State
    {
        get
        {
            lock (_gate)
            {
                return (_tail, _signed, _problem);
            }
        }
    }

    /// <summary>Notes that the log is signed up to an event.</summary>
    public void PutSigned(AuditSigned signed)
    {
        lock (_gate)
        {
            (_signed, _problem) = (signed, null);
        }
    }

    /// <summary>Notes that the log could not be signed.</summary>
    public void PutUnsigned(string problem)
    {
        lock (_gate)
        {
            _problem = problem;
        }
    }

    public void Put(AuditTail tail)
    {
        lock (_gate)
        {
            _tail = tail;
            if (tail.Sequence >= _awaited)
            {
                _reached?.TrySetResult();
            }
        }
    }

    /// <summary>
    /// A task that completes once the log has reached a sequence number. Only one caller may wait at a time.
    /// </summary>
    public Task ReachAsync(long sequence)
    {
        lock (_gate)
        {
            if (_tail.Sequence >= sequence)
            {
                return Task.CompletedTask;
            }

            _awaited = sequence;
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _reached.Task;
        }
    }
}

/// <summary>A signature of the audit log.</summary>
/// <param name="Through">The last event that the signature covers.</param>
internal sealed record AuditSigned(long Through, DateTimeOffset At);
