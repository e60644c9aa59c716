using ScheduleZero.Broker.Core.Audit;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>
/// Knows how far the audit log is on disk, and completes a task when it has grown so far. Safe from any thread.
/// </summary>
internal sealed class AuditTailWatch
{
    private readonly Lock _gate = new();
    private AuditTail _tail = AuditTail.Start;

    /// <summary>Completes when the log reaches <see cref="_awaited"/>; null while nobody waits.</summary>
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

    /// <summary>Completes once the log has reached a sequence number. Only one may wait at a time.</summary>
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
