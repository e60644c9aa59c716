using System.Collections.Concurrent;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Loop;

/// <summary>
/// The one thread that decides. It takes inputs in batches, commits each batch as one, and lets its effects out only then. While a batch is being
/// committed the next is being decided: the busier the Broker, the larger the batches.
/// </summary>
internal sealed class BrokerLoop(
    BrokerCore core, IBrokerStore store, Speaker speaker, TimeProvider time, LoopOptions options, ILogger<BrokerLoop> logger)
    : IBrokerInputs, IBrokerEdge, IDisposable
{
    private readonly ConcurrentQueue<BrokerInput> _inputs = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly ManualResetEventSlim _room = new(initialState: true);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started = time.GetTimestamp();
    private readonly Random _chance = new();
    private int _waiting;
    private long _commits;
    private volatile bool _stopping;
    private volatile bool _stopped;

    /// <summary>Ends cleanly after <see cref="Stop"/>, or with the failure that stopped the loop.</summary>
    public Task Completion => _ended.Task;

    public long Commits => Interlocked.Read(ref _commits);

    private Moment Now => new(time.GetUtcNow(), time.GetElapsedTime(_started));

    /// <summary>Loads what the store kept, then begins to decide.</summary>
    public async Task<StoredState> StartAsync(CancellationToken cancellationToken)
    {
        var stored = await store.LoadAsync(cancellationToken);
        core.Restore(stored.Jobs, stored.Finished, stored.Schedules, stored.Handlers, stored.Keys, stored.Access, stored.Deduplications, Now, stored.Rates);
        core.RestoreAudit(stored.AuditTail);
        logger.Loaded(stored.Jobs.Count, stored.Schedules.Count, stored.Epoch);
        new Thread(Run) { IsBackground = true, Name = "broker loop" }.Start();
        return stored;
    }

    /// <summary>Decides and commits what has come in, then ends.</summary>
    public void Stop()
    {
        _stopping = true;
        _wake.Set();
    }

    public void Dispose()
    {
        _wake.Dispose();
        _room.Dispose();
    }

    /// <summary>From handlers: waits for room, which holds up the socket's thread and so, in the end, whoever says too much.</summary>
    public void Put(BrokerInput input)
    {
        while (Volatile.Read(ref _waiting) >= 2 * options.InputsMax && !_stopped)
        {
            _room.Reset();
            _wake.Set();
            _room.Wait(TimeSpan.FromMilliseconds(100));
        }

        Interlocked.Increment(ref _waiting);
        _inputs.Enqueue(input);
        _wake.Set();
    }

    public bool IsBusy => Volatile.Read(ref _waiting) >= options.InputsMax;

    public async Task<Answer> AskAsync(Func<object, BrokerInput> input, CancellationToken cancellationToken)
    {
        if (IsBusy)
        {
            throw new BrokerBusyException();
        }

        if (_stopped)
        {
            throw Stopped();
        }

        var ticket = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Put(input(ticket));
        if (_stopped)
        {
            // The loop may have taken its last look before the input came; then nobody else will answer.
            ticket.TrySetException(Stopped());
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

    private void Run()
    {
        var open = new Decision(Now, _chance);
        var commit = Task.CompletedTask;
        var spoken = Task.CompletedTask;
        try
        {
            while (true)
            {
                var (wasCommitted, wasSpoken) = (commit.IsCompleted, spoken.IsCompleted);
                Decide(open);
                if (commit.IsFaulted || spoken.IsFaulted)
                {
                    throw (commit.Exception ?? spoken.Exception)!.GetBaseException();
                }

                // A batch stays open while the one before is on its way to the disk.
                if (commit.IsCompleted && speaker.HasRoom)
                {
                    open.Now = Now;
                    core.Close(open);
                    if (!open.IsEmpty)
                    {
                        (commit, spoken) = Commit(open, spoken);
                        open = new Decision(Now, _chance);
                        continue;
                    }

                    if (_stopping && _inputs.IsEmpty && spoken.IsCompleted)
                    {
                        break;
                    }
                }

                _wake.Reset();
                if (wasCommitted == commit.IsCompleted && wasSpoken == spoken.IsCompleted)
                {
                    Sleep(isIdle: wasCommitted && wasSpoken);
                }
            }

            End(null, open);
        }
        catch (Exception e)
        {
            // Fail-stop: memory may be ahead of the disk now, so nothing more is decided or said. A new start reads what is true.
            logger.LoopFailed(e);
            End(e, open);
        }
    }

    private void Decide(Decision open)
    {
        open.Now = Now;
        for (var taken = 0; taken < options.BatchMax && _inputs.TryDequeue(out var input); taken++)
        {
            Interlocked.Decrement(ref _waiting);
            core.Apply(input, open);
        }

        _room.Set();
    }

    private (Task Commit, Task Spoken) Commit(Decision closed, Task spokenBefore)
    {
        var commit = closed.Changes.Count == 0 ? Task.CompletedTask : store.CommitAsync(closed.Changes, CancellationToken.None).AsTask();
        Interlocked.Increment(ref _commits);
        var spoken = speaker.SpeakAsync(closed.Effects, commit, spokenBefore);
        if (!commit.IsCompleted)
        {
            _ = commit.ContinueWith(_ => _wake.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        if (!spoken.IsCompleted)
        {
            _ = spoken.ContinueWith(_ => _wake.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return (commit, spoken);
    }

    // Called with the wake-up signal reset: whatever came before that is looked for here, whatever comes later sets it.
    private void Sleep(bool isIdle)
    {
        if (!_inputs.IsEmpty || (_stopping && isIdle))
        {
            return;
        }

        var toNext = core.TimeToNext(Now) ?? options.LongestSleep;
        if (toNext > TimeSpan.Zero || !isIdle)
        {
            // Rounded up: waking a fraction early would only spin.
            var sleep = Math.Clamp(toNext.TotalMilliseconds, 1, options.LongestSleep.TotalMilliseconds);
            _wake.Wait((int)Math.Ceiling(sleep));
        }
    }

    private void End(Exception? failure, Decision open)
    {
        _stopped = true;
        foreach (var effect in open.Effects.OfType<Effect.Answer>())
        {
            Fail(effect.Ticket);
        }

        while (_inputs.TryDequeue(out var input))
        {
            if (TicketOf(input) is { } ticket)
            {
                Fail(ticket);
            }
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

    private static void Fail(object ticket) => ((TaskCompletionSource<Answer>)ticket).TrySetException(Stopped());

    private static object? TicketOf(BrokerInput input) => input switch
    {
        BrokerInput.Enqueue e => e.Ticket,
        BrokerInput.CancelJob e => e.Ticket,
        BrokerInput.RetryJob e => e.Ticket,
        BrokerInput.SaveSchedule e => e.Ticket,
        BrokerInput.DeleteSchedule e => e.Ticket,
        BrokerInput.PauseSchedule e => e.Ticket,
        BrokerInput.ResumeSchedule e => e.Ticket,
        BrokerInput.TriggerSchedule e => e.Ticket,
        BrokerInput.CreateKey e => e.Ticket,
        BrokerInput.RevokeKey e => e.Ticket,
        BrokerInput.ChangeKey e => e.Ticket,
        BrokerInput.RotateKey e => e.Ticket,
        BrokerInput.ChangeAccess e => e.Ticket,
        BrokerInput.DrainHandler e => e.Ticket,
        BrokerInput.DisconnectHandler e => e.Ticket,
        BrokerInput.DeleteHandler e => e.Ticket,
        BrokerInput.NoteDown e => e.Ticket,
        BrokerInput.CheckpointAudit e => e.Ticket,
        BrokerInput.Read e => e.Ticket,
        _ => null,
    };
}
