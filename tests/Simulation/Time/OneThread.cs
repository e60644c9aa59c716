namespace ScheduleZero.Simulation.Time;

/// <summary>Where the code of agents goes on after its awaits: here, on the one thread, in the order in which it became ready.</summary>
internal sealed class OneThread : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();

    public override void Post(SendOrPostCallback d, object? state) => _ready.Enqueue((d, state));

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
            while (_ready.TryDequeue(out var next))
            {
                next.Callback(next.State);
            }
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
