namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// Tells whoever stops the agent when nothing runs any more, and when nothing is left to deliver. The lock of the
/// <see cref="AttemptBook"/> guards everything but the two tasks.
/// </summary>
internal sealed class StopSignals
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the agent is stopping: it takes no further attempts.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Ends when the agent is stopping and no attempt runs.</summary>
    public Task WhenIdle => _idle.Task;

    /// <summary>Ends when the agent is stopping, no attempt runs, and every final event is acknowledged.</summary>
    public Task WhenSettled => _settled.Task;

    /// <summary>The agent begins to stop.</summary>
    public void Drain() => IsDraining = true;

    /// <summary>Ends the tasks whose time has come.</summary>
    public void Update(RunningAttempts running, Outbox outbox)
    {
        if (!IsDraining || !running.IsIdle)
        {
            return;
        }

        _idle.TrySetResult();
        if (outbox.Count == 0)
        {
            _settled.TrySetResult();
        }
    }
}
