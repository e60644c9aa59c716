namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// Tells whoever stops the agent when nothing runs any more, and when nothing is left to deliver. The lock of the
/// <see cref="AttemptBook"/> guards every member that writes.
/// </summary>
internal sealed class StopSignals
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _isDraining;

    /// <summary>
    /// Whether the agent is stopping, so that it accepts no further attempts. Safe to read without the lock.
    /// </summary>
    public bool IsDraining => _isDraining;

    /// <summary>Ends when the agent is stopping and no attempt runs.</summary>
    public Task WhenIdle => _idle.Task;

    /// <summary>Ends when the agent is stopping, no attempt runs, and every final event is acknowledged.</summary>
    public Task WhenSettled => _settled.Task;

    /// <summary>Begins the stop of the agent.</summary>
    public void Drain() => _isDraining = true;

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
