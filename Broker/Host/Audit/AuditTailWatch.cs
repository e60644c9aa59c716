using ScheduleZero.Broker.Core.Audit;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>Knows how far the audit log is on disk, and wakes whoever waits for it to grow.</summary>
internal sealed class AuditTailWatch
{
    private readonly Lock _gate = new();
    private AuditTail _tail = AuditTail.Start;
    private TaskCompletionSource? _reached;
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

    /// <summary>Completes once the log is so far. For one who waits at a time.</summary>
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
