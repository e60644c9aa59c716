namespace ScheduleZero.Zmtp.Connections;

/// <summary>The tasks of a listener that still run, so that its end can wait for them. Safe from any thread.</summary>
internal sealed class RunningTasks
{
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];

    public void Add(Task task)
    {
        lock (_gate)
        {
            _running.Add(task);
        }

        // Runs at once for a task that has ended already.
        _ = task.ContinueWith(
            ended =>
            {
                lock (_gate)
                {
                    _running.Remove(ended);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    /// <summary>Waits for all tasks; throws what the first of them has thrown.</summary>
    public Task WhenAllAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_running);
        }
    }
}
