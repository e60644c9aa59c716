using System.Collections.Concurrent;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Loop;

/// <summary>
/// The one thread that decides. It takes inputs in batches, commits each batch as one, and lets its effects out only
/// then. While a batch is being committed the next is being decided: the busier the Broker, the larger the batches.
/// </summary>
internal sealed class BrokerLoop(
    BrokerCore core,
    IStateStore store,
    Speaker speaker,
    TimeProvider time,
    LoopOptions options,
    ILogger<BrokerLoop> logger
) : IBrokerInputs, IBrokerEdge, IDisposable
{
    private readonly ConcurrentQueue<BrokerInput> _inputs = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly ManualResetEventSlim _room = new(initialState: true);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started = time.GetTimestamp();
    private Decision _open = null!;
    private Task _commit = Task.CompletedTask;
    private Task _spoken = Task.CompletedTask;
    private int _waiting;
    private long _commits;
    private volatile bool _stopping;
    private volatile bool _stopped;

    /// <summary>Ends cleanly after <see cref="Stop"/>, or with the failure that stopped the loop.</summary>
    public Task Completion => _ended.Task;

    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>What decisions draw on; a simulation gives it a seed.</summary>
    internal Random Chance { get; init; } = new();

    /// <summary>Called on whatever thread wakes the loop, for what has taken the place of its own thread.</summary>
    internal Action? Woken { get; init; }

    /// <summary>Something has come that the loop has not looked at: it must not sleep now.</summary>
    internal bool IsAwake => _wake.IsSet;

    /// <summary>Inputs that no turn has taken.</summary>
    internal int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Everything that was decided is committed and said.</summary>
    internal bool IsIdle => _commit.IsCompleted && _spoken.IsCompleted;

    private Moment Now => new(time.GetUtcNow(), time.GetElapsedTime(_started));

    /// <summary>Loads what the store kept, then begins to decide.</summary>
    public async Task<StoredState> StartAsync(CancellationToken cancellationToken)
    {
        var stored = await store.LoadAsync(cancellationToken);
        Restore(stored);
        logger.Loaded(stored.Jobs.Count, stored.Schedules.Count, stored.Epoch);
        logger.NotUnderstood(core.Unreadable);
        new Thread(Run) { IsBackground = true, Name = "broker loop" }.Start();
        return stored;
    }

    /// <summary>Takes back what the store kept, before the first turn.</summary>
    internal void Restore(StoredState stored)
    {
        core.Restore(stored, Now);
        _open = new Decision(Now, Chance);
    }

    /// <summary>Decides and commits what has come in, then ends.</summary>
    public void Stop()
    {
        _stopping = true;
        Wake();
    }

    public void Dispose()
    {
        _wake.Dispose();
        _room.Dispose();
    }

    /// <summary>
    /// From handlers: waits for room, which holds up the socket's thread and so, in the end, whoever says too much.
    /// </summary>
    public void Put(BrokerInput input)
    {
        while (Volatile.Read(ref _waiting) >= 2 * options.InputsMax && !_stopped)
        {
            _room.Reset();
            Wake();
            _room.Wait(TimeSpan.FromMilliseconds(100));
        }

        Interlocked.Increment(ref _waiting);
        _inputs.Enqueue(input);
        Wake();
    }

    public bool IsBusy => Volatile.Read(ref _waiting) >= options.InputsMax;

    public async Task<Answer> AskAsync(Func<Ticket, BrokerInput.Request> input, CancellationToken cancellationToken)
    {
        if (IsBusy)
        {
            throw new BrokerBusyException();
        }

        if (_stopped)
        {
            throw Stopped();
        }

        var ticket = new PendingAnswer();
        Put(input(ticket));
        if (_stopped)
        {
            // The loop may have taken its last look before the input came; then nobody else will answer.
            ticket.Fail(Stopped());
        }

        return await ticket.Task.WaitAsync(cancellationToken);
    }

    public bool TryTell(BrokerInput input)
    {
        if (IsBusy || _stopped)
        {
            return false;
        }

        Put(input);
        return true;
    }

    public async Task<T> ReadAsync<T>(Func<BrokerState, T> look, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(ticket => new BrokerInput.Read(ticket, state => look(state)), cancellationToken);
        return (T)((Answer.Value)answer).Result!;
    }

    private static BrokerStoppedException Stopped() => new("The Broker is stopping.");

    /// <summary>One turn of the loop. It never waits, so that a simulation can take the place of the thread.</summary>
    /// <returns>How long there is nothing to do unless somebody wakes the loop; null when it has ended.</returns>
    internal TimeSpan? Turn()
    {
        var (wasCommitted, wasSpoken) = (_commit.IsCompleted, _spoken.IsCompleted);
        Decide();
        if (_commit.IsFaulted || _spoken.IsFaulted)
        {
            throw (_commit.Exception ?? _spoken.Exception)!.GetBaseException();
        }

        // A batch stays open while the one before is on its way to the disk.
        if (_commit.IsCompleted && speaker.HasRoom)
        {
            _open.Now = Now;
            core.Close(_open, isLast: _stopping);
            if (!_open.IsEmpty)
            {
                Commit();
                return TimeSpan.Zero;
            }

            if (_stopping && _inputs.IsEmpty && _spoken.IsCompleted)
            {
                return null;
            }
        }

        _wake.Reset();
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
                    // Rounded up: waking a fraction early would only spin.
                    _wake.Wait((int)Math.Ceiling(pause.TotalMilliseconds));
                }
            }

            End(null);
        }
        catch (Exception e)
        {
            // Fail-stop: memory may be ahead of the disk now, so nothing more is decided or said. A new start reads
            // what is true.
            logger.LoopFailed(e);
            End(e);
        }
    }

    private void Decide()
    {
        _open.Now = Now;
        for (var taken = 0; taken < options.BatchMax && _inputs.TryDequeue(out var input); taken++)
        {
            Interlocked.Decrement(ref _waiting);
            Apply(input);
        }

        _room.Set();
    }

    private void Apply(BrokerInput input)
    {
        try
        {
            core.Apply(input, _open);
        }
        catch
        {
            FailIfAsked(input); // It is in the queue no more, and nothing has been answered.
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

    private void Wake()
    {
        _wake.Set();
        Woken?.Invoke();
    }

    private void WakeAfter(Task task)
    {
        if (!task.IsCompleted)
        {
            _ = task.ContinueWith(
                _ => Wake(),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }

    // Called with the wake-up signal reset: whatever came before that is looked for here, whatever comes later sets it.
    private TimeSpan Pause(bool isIdle)
    {
        if (!_inputs.IsEmpty || (_stopping && isIdle))
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
        _stopped = true;
        foreach (var effect in _open.Effects.OfType<Effect.Answer>())
        {
            effect.Ticket.Fail(Stopped());
        }

        while (_inputs.TryDequeue(out var input))
        {
            FailIfAsked(input);
        }

        if (failure is null)
        {
            _ended.TrySetResult();
        }
        else
        {
            _ended.TrySetException(failure);
        }
    }

    private static void FailIfAsked(BrokerInput input)
    {
        if (input is BrokerInput.Request { Ticket: var ticket })
        {
            ticket.Fail(Stopped());
        }
    }
}
