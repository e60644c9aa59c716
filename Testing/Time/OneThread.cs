using System.Collections.Concurrent;

namespace ScheduleZero.Testing.Time;

/// <summary>
/// Where the code of agents goes on after its awaits: here, on the one thread, in the order in which it became ready.
/// </summary>
internal sealed class OneThread : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _ready = new();

    /// <summary>Called on whatever thread has put something down.</summary>
    public Action Posted { get; init; } = static () => { };

    public bool IsEmpty => _ready.IsEmpty;

    public override void Post(SendOrPostCallback d, object? state)
    {
        _ready.Enqueue((d, state));
        Posted();
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs the code and all that becomes ready by it.</summary>
    public void Run(Action code)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            code();
            RunReady();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Runs what is ready, and what becomes so by it; false when nothing was.</summary>
    public bool TryRun()
    {
        if (_ready.IsEmpty)
        {
            return false;
        }

        Run(static () => { });
        return true;
    }

    private void RunReady()
    {
        while (_ready.TryDequeue(out var next))
        {
            next.Callback(next.State);
        }
    }
}
