using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Loop;

/// <summary>
/// The loop that decides, on one thread. The loop takes inputs, commits what it decided on them as one, and lets the
/// effects out only then. While one decision is being committed the next is being made, so a busier Broker commits more
/// at once.
/// </summary>
internal sealed class BrokerLoop(
    BrokerCore core,
    IStateStore store,
    InputQueue inputs,
    Speaker speaker,
    TimeProvider time,
    LoopOptions options,
    ILogger<BrokerLoop> logger
)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started = time.GetTimestamp();

    /// <summary>
    /// The decision that is open for more inputs, and not committed yet. Used only on the loop's thread.
    /// </summary>
    private Decision _open = new(default, new Random());

    /// <summary>The commit of the newest closed decision.</summary>
    private Task _commit = Task.CompletedTask;

    /// <summary>
    /// A task that completes when the effects of the newest closed decision are out, and so those of all before it.
    /// </summary>
    private Task _spoken = Task.CompletedTask;

    private long _commits;
    private volatile bool _isStarted;
    private volatile bool _stopping;

    /// <summary>A task that ends cleanly after <see cref="Stop"/>, or with the failure that stopped the loop.</summary>
    public Task Completion => _ended.Task;

    /// <summary>The number of decisions committed since the start. Safe from any thread.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>The randomness that decisions draw on; a simulation gives it a seed.</summary>
    internal Random Chance { get; init; } = new();

    /// <summary>Whether everything that was decided is committed, and its effects are out.</summary>
    internal bool IsIdle => _commit.IsCompleted && _spoken.IsCompleted;

    private Moment Now => new(time.GetUtcNow(), time.GetElapsedTime(_started));

    /// <summary>Loads what the store holds, and then begins to decide on the loop's own thread.</summary>
    public async Task<StoredState> StartAsync(CancellationToken cancellationToken)
    {
        var stored = await store.LoadAsync(cancellationToken);
        Restore(stored);
        logger.Loaded(stored.Jobs.Count, stored.Schedules.Count, stored.Epoch);
        logger.NotUnderstood(core.Unreadable);
        _isStarted = true;
        new Thread(Run) { IsBackground = true, Name = "broker loop" }.Start();
        return stored;
    }

    /// <summary>Restores the state from what the store has, before the first turn.</summary>
    internal void Restore(StoredState stored)
    {
        core.Restore(stored, Now);
        _open = new Decision(Now, Chance);
    }

    /// <summary>Asks the loop to decide and commit what has come in, and then to end.</summary>
    public void Stop()
    {
        _stopping = true;
        inputs.Wake();
    }

    /// <summary>
    /// Stops, and waits for the end. A failure of the loop is not thrown here but by <see cref="Completion"/>.
    /// </summary>
    /// <exception cref="TimeoutException">The loop did not end within the limit.</exception>
    public async Task StopAsync(TimeSpan limit)
    {
        Stop();
        if (_isStarted)
        {
            await Completion.ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(limit);
        }
    }

    /// <summary>
    /// Takes one turn of the loop. A turn never waits, so that a simulation can take the place of the thread.
    /// </summary>
    /// <returns>How long there is nothing to do unless somebody wakes the loop; null when the loop has ended.</returns>
    internal TimeSpan? Turn()
    {
        var (wasCommitted, wasSpoken) = (_commit.IsCompleted, _spoken.IsCompleted);
        Decide();
        if (_commit.IsFaulted || _spoken.IsFaulted)
        {
            throw (_commit.Exception ?? _spoken.Exception)!.GetBaseException();
        }

        // A decision stays open for more inputs while the one before is on its way to the disk.
        if (_commit.IsCompleted && speaker.HasRoom)
        {
            _open.Now = Now;
            core.Close(_open, isLast: _stopping);
            if (!_open.IsEmpty)
            {
                Commit();
                return TimeSpan.Zero;
            }

            if (_stopping && inputs.IsEmpty && _spoken.IsCompleted)
            {
                return null;
            }
        }

        inputs.ResetWake();
        return wasCommitted == _commit.IsCompleted && wasSpoken == _spoken.IsCompleted
            ? Pause(isIdle: wasCommitted && wasSpoken)
            : TimeSpan.Zero;
    }

    private void Run()
    {
        try
        {
            while (Turn() is { } pause)
            {
                if (pause > TimeSpan.Zero)
                {
                    inputs.WaitForWake(pause);
                }
            }

            End(null);
        }
        catch (Exception e)
        {
            // The loop fails for good: memory may be ahead of the disk now, so nothing more is decided or said. A new
            // start reads the truth from the disk.
            logger.LoopFailed(e);
            End(e);
        }
    }

    private void Decide()
    {
        _open.Now = Now;
        for (var taken = 0; taken < options.InputsPerTurnMax && inputs.TryTake(out var input); taken++)
        {
            Apply(input);
        }

        inputs.MakeRoom();
    }

    private void Apply(BrokerInput input)
    {
        try
        {
            core.Apply(input, _open);
        }
        catch
        {
            InputQueue.FailIfAsked(input); // The input has left the queue, and nothing was answered.
            throw;
        }
    }

    private void Commit()
    {
        var closed = _open;
        _commit =
            closed.Changes.Count == 0
                ? Task.CompletedTask
                : store.CommitAsync(closed.Changes, CancellationToken.None).AsTask();
        Interlocked.Increment(ref _commits);
        _spoken = speaker.SpeakAsync(closed.Effects, _commit, _spoken);
        WakeAfter(_commit);
        WakeAfter(_spoken);
        _open = new Decision(Now, Chance);
    }

    private void WakeAfter(Task task)
    {
        if (!task.IsCompleted)
        {
            _ = task.ContinueWith(
                _ => inputs.Wake(),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }

    // Returns how long the loop may sleep. Called after the wake-up signal was reset: inputs that came before that are
    // looked for here, and those that come later set the signal.
    private TimeSpan Pause(bool isIdle)
    {
        if (!inputs.IsEmpty || (_stopping && isIdle))
        {
            return TimeSpan.Zero;
        }

        var toNext = core.TimeToNext(Now) ?? options.LongestSleep;
        return toNext > TimeSpan.Zero || !isIdle
            ? TimeSpan.FromMilliseconds(Math.Clamp(toNext.TotalMilliseconds, 1, options.LongestSleep.TotalMilliseconds))
            : TimeSpan.Zero;
    }

    private void End(Exception? failure)
    {
        foreach (var effect in _open.Effects.OfType<Effect.Answer>())
        {
            effect.Ticket.Fail(InputQueue.Stopped());
        }

        inputs.Close();
        if (failure is null)
        {
            _ended.TrySetResult();
        }
        else
        {
            _ended.TrySetException(failure);
        }
    }
}
