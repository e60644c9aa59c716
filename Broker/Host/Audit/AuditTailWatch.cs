using ScheduleZero.Broker.Core.Audit;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>
/// Knows how much of the audit log is on disk, and completes a task when the log has grown to a given event. Safe from
/// any thread.
/// </summary>
internal sealed class AuditTailWatch
{
    private readonly Lock _gate = new();
    private AuditTail _tail = AuditTail.Start;

    /// <summary>A source that completes when the log reaches <see cref="_awaited"/>; null while nobody waits.</summary>
    private TaskCompletionSource? _reached;

    /// <summary>The sequence number that somebody waits for.</summary>
    private long _awaited;

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
