using System.Collections.Concurrent;

namespace ScheduleZero.Testing.Time;

/// <summary>
/// The context in which the code of agents continues after its awaits: on the one thread, in the order in which the
/// code became ready.
/// </summary>
internal sealed class OneThread : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _ready = new();

    /// <summary>Called on the thread that has posted code.</summary>
    public Action Posted { get; init; } = static () => { };

    public bool IsEmpty => _ready.IsEmpty;

    public override void Post(SendOrPostCallback d, object? state)
    {
        _ready.Enqueue((d, state));
        Posted();
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs the code, and all code that becomes ready by it.</summary>
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

    /// <summary>Runs the code that is ready, and all that becomes ready by it; false when none was.</summary>
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
