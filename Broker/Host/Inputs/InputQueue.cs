using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Inputs;

/// <summary>
/// The one bounded queue of inputs for the loop. Any thread puts inputs in; only the loop takes them out.
/// </summary>
/// <param name="inputsMax">How many inputs may wait before REST is answered 503. Handlers may fill the queue up to
/// twice that, and then wait for room.</param>
internal sealed class InputQueue(int inputsMax = InputQueue.InputsMaxDefault) : IBrokerInputs, IBrokerEdge, IDisposable
{
    public const int InputsMaxDefault = 10_000;

    private static readonly TimeSpan RoomCheckInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<BrokerInput> _inputs = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly ManualResetEventSlim _room = new(initialState: true);

    /// <summary>The number of inputs in the queue. Changed from any thread, by <see cref="Interlocked"/>.</summary>
    private int _waiting;

    private volatile bool _isClosed;

    /// <summary>
    /// Called on the thread that wakes the loop, for a simulation that turns the loop in place of its own thread; null
    /// where the loop has its thread.
    /// </summary>
    public Action? Woken { get; init; }

    public bool IsBusy => Waiting >= inputsMax;

    /// <summary>The number of inputs that the loop has not taken.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Whether something has come that the loop has not looked at, so that it must not sleep.</summary>
    public bool IsAwake => _wake.IsSet;

    public bool IsEmpty => _inputs.IsEmpty;

    /// <summary>
    /// Puts an input of a handler into the queue. The call waits while the queue is full, which delays the socket's
    /// thread and so, in the end, whoever sends too much.
    /// </summary>
    public void Put(BrokerInput input)
    {
        while (Waiting >= 2 * inputsMax && !_isClosed)
        {
            _room.Reset();
            Wake();
            _room.Wait(RoomCheckInterval);
        }

        Interlocked.Increment(ref _waiting);
        _inputs.Enqueue(input);
        Wake();
    }

    public async Task<Answer> AskAsync(Func<Ticket, BrokerInput.Request> input, CancellationToken cancellationToken)
    {
        if (IsBusy)
        {
            throw new BrokerBusyException();
        }

        if (_isClosed)
        {
            throw Stopped();
        }

        var ticket = new PendingAnswer();
        Put(input(ticket));
        if (_isClosed)
        {
            // The loop may have emptied the queue before the input came; then nobody else will answer.
            ticket.Fail(Stopped());
        }

        return await ticket.Task.WaitAsync(cancellationToken);
    }

    public bool TryPut(BrokerInput input)
    {
        if (IsBusy || _isClosed)
        {
            return false;
        }

        Put(input);
        return true;
    }

    public async Task<T> ReadAsync<T>(Func<BrokerState, T> read, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(ticket => new BrokerInput.Read(ticket, state => read(state)), cancellationToken);
        return (T)((Answer.Value)answer).Result!;
    }

    public void Dispose()
    {
        _wake.Dispose();
        _room.Dispose();
    }

    // The members below are for the loop's side.

    /// <summary>Takes the oldest input out. For the loop alone.</summary>
    public bool TryTake([NotNullWhen(true)] out BrokerInput? input)
    {
        if (!_inputs.TryDequeue(out input))
        {
            return false;
        }

        Interlocked.Decrement(ref _waiting);
        return true;
    }

    /// <summary>Lets callers go on that wait for room.</summary>
    public void MakeRoom() => _room.Set();

    /// <summary>Wakes the loop. Safe from any thread.</summary>
    public void Wake()
    {
        _wake.Set();
        Woken?.Invoke();
    }

    /// <summary>Resets the signal that woke the loop, before the loop looks whether there is something to do.</summary>
    public void ResetWake() => _wake.Reset();

    /// <summary>Waits until somebody wakes the loop, at most for the given time.</summary>
    public void WaitForWake(TimeSpan limit)
    {
        // The time is rounded up: waking a fraction early would only spin.
        _wake.Wait((int)Math.Ceiling(limit.TotalMilliseconds));
    }

    /// <summary>Accepts no more requests, and fails those that wait.</summary>
    public void Close()
    {
        _isClosed = true;
        while (TryTake(out var input))
        {
            FailIfAsked(input);
        }
    }

    /// <summary>Tells whoever waits for an answer to the input that none will come.</summary>
    public static void FailIfAsked(BrokerInput input)
    {
        if (input is BrokerInput.Request { Ticket: var ticket })
        {
            ticket.Fail(Stopped());
        }
    }

    /// <summary>The exception for a request that the loop does not answer any more.</summary>
    public static BrokerStoppedException Stopped() => new("The Broker is stopping.");
}
