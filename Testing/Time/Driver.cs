namespace ScheduleZero.Testing.Time;

/// <summary>A part of the simulation that the driver turns beside the agenda.</summary>
internal interface ITurned
{
    /// <summary>Takes one turn; false when there was nothing to do.</summary>
    bool TryTurn();

    /// <summary>Whether nothing is under way that will need another turn.</summary>
    bool IsAtRest { get; }
}

/// <summary>
/// The thread of a simulation. The thread runs what is ready and what is due now, again and again; when nothing is, and
/// no code is under way elsewhere, it moves virtual time to what comes next, as far as somebody has asked for.
/// </summary>
internal sealed class Driver : IDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    /// <summary>How often the driver checks code whose next step nobody announces.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(2);

    private readonly OneThread _ready;
    private readonly ManualResetEventSlim _wake = new();
    private readonly Lock _gate = new();

    /// <summary>The code that runs on other threads. Guarded by the gate.</summary>
    private readonly List<RunningCode> _code = [];

    private readonly TimeSpan _realTimeLimit;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// The passing of virtual time that the test waits for; null when time stands still. Guarded by the gate.
    /// </summary>
    private Journey? _journey;

    /// <summary>The Broker that the driver turns; null while none runs. Only on the driver's thread.</summary>
    private ITurned? _turned;

    /// <summary>The exception that ended the driver; null while it works. Guarded by the gate.</summary>
    private Exception? _failure;

    /// <summary>When something last happened, as a timestamp of the real clock.</summary>
    private long _progressAt;

    /// <summary>The number of events that somebody may be waiting for.</summary>
    private long _news;

    private volatile bool _isStopping;

    public Driver(TimeSpan realTimeLimit)
    {
        _realTimeLimit = realTimeLimit;
        _ready = new OneThread { Posted = _wake.Set };
        _thread = new Thread(Run) { IsBackground = true, Name = "ScheduleZero simulation" };
        _thread.Start();
    }

    public Agenda Agenda { get; } = new();

    public bool IsAlive => _thread.IsAlive;

    /// <summary>Sets the Broker that the driver turns; null for none. Only on the driver's thread.</summary>
    public void Turn(ITurned? turned) => _turned = turned;

    public void Wake() => _wake.Set();

    /// <summary>Notes that something has happened that somebody may be waiting for.</summary>
    public void CountNews() => Interlocked.Increment(ref _news);

    public void Post(Action action) => _ready.Post(static state => ((Action)state!)(), action);

    /// <summary>Runs the code of an agent on the driver's thread: its awaits continue there.</summary>
    public void Enter(Action code) => _ready.Run(code);

    /// <summary>Has the driver's thread do something, at the present instant.</summary>
    public async Task<T> AskAsync<T>(Func<T> act)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.TrySetResult(act());
            }
#pragma warning disable CA1031 // The exception belongs to the asker.
            catch (Exception e)
#pragma warning restore CA1031
            {
                answer.TrySetException(e);
            }
        });
        await Task.WhenAny(answer.Task, _ended.Task);
        return answer.Task.IsCompleted ? await answer.Task : throw _failure!;
    }

    public Task AskAsync(Action act) =>
        AskAsync(() =>
        {
            act();
            return true;
        });

    /// <summary>Lets virtual time pass up to an instant.</summary>
    /// <param name="stopsAtNews">Whether the call also ends when something has happened and everything has come to
    /// rest.</param>
    /// <returns>Whether the instant was reached.</returns>
    /// <exception cref="SimulationStuckException">Code took longer than the limit of real time.</exception>
    public Task<bool> LiveAsync(TimeSpan until, bool stopsAtNews)
    {
        if (RunningCode.Current is not null)
        {
            throw new InvalidOperationException(
                "Virtual time is moved by the test, not by code that the simulation runs: it would wait for itself."
            );
        }

        var journey = new Journey(until, stopsAtNews, Interlocked.Read(ref _news));
        lock (_gate)
        {
            if (_failure is { } failure)
            {
                return Task.FromException<bool>(failure);
            }

            if (_journey is not null)
            {
                throw new InvalidOperationException("Somebody else is moving this simulation's time: one at a time.");
            }

            _progressAt = TimeProvider.System.GetTimestamp();
            _journey = journey;
        }

        _wake.Set();
        return journey.Ended.Task;
    }

    public RunningCode Begin(Func<string> what, RunningCode? parent, bool isRequest, Func<bool>? isStirring = null)
    {
        var code = new RunningCode(this, what, parent, isRequest, isStirring ?? (static () => false));
        lock (_gate)
        {
            _code.Add(code);
        }

        return code;
    }

    public void Ended(RunningCode code)
    {
        lock (_gate)
        {
            _code.Remove(code);
        }

        CountNews();
        _wake.Set();
    }

    public void Dispose()
    {
        _isStopping = true;
        _wake.Set();
        if (!_thread.Join(StopLimit))
        {
            throw new TimeoutException($"The simulation's thread did not end within {StopLimit.TotalSeconds} s.");
        }

        Fail(new ObjectDisposedException(nameof(ScheduleZeroSimulation)));
        _wake.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_isStopping)
            {
                _wake.Reset();
                if (TryRun())
                {
                    Volatile.Write(ref _progressAt, TimeProvider.System.GetTimestamp());
                }
                else if (Busy() is { } what)
                {
                    WaitFor(what);
                }
                else if (_ready.IsEmpty) // Code that has just ended may have left something to do.
                {
                    MoveOn();
                }
            }
        }
#pragma warning disable CA1031 // Every later request to the simulation gets the exception.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(new InvalidOperationException($"The simulation broke: {e.Message}", e));
        }
    }

    // Runs one thing and not all at once: what is ready goes before what is due, which may depend on it.
    private bool TryRun() => _ready.TryRun() || _turned?.TryTurn() == true || Agenda.Step(Agenda.Now);

    private Func<string>? Busy()
    {
        if (_turned is { IsAtRest: false })
        {
            return static () => "The Broker's store has not answered.";
        }

        lock (_gate)
        {
            return _code.Find(static code => !code.LetsTimePass)?.What;
        }
    }

    private void WaitFor(Func<string> what)
    {
        if (Pending() is not { } journey)
        {
            // The thread waits until time is to pass, or until the end: Dispose wakes it.
            _wake.Wait(Timeout.InfiniteTimeSpan);
        }
        else if (
            !_wake.Wait(LookInterval)
            && TimeProvider.System.GetElapsedTime(Volatile.Read(ref _progressAt)) > _realTimeLimit
        )
        {
            Arrive(journey, () => journey.Ended.TrySetException(new SimulationStuckException(what(), _realTimeLimit)));
        }
    }

    private void MoveOn()
    {
        if (Pending() is not { } journey)
        {
            _wake.Wait(Timeout.InfiniteTimeSpan);
        }
        else if (journey.StopsAtNews && Interlocked.Read(ref _news) != journey.News)
        {
            Arrive(journey, () => journey.Ended.TrySetResult(false));
        }
        else if (!Agenda.Step(journey.Until))
        {
            Arrive(journey, () => journey.Ended.TrySetResult(true));
        }
        else
        {
            Volatile.Write(ref _progressAt, TimeProvider.System.GetTimestamp());
        }
    }

    private Journey? Pending()
    {
        lock (_gate)
        {
            return _journey;
        }
    }

    private void Arrive(Journey journey, Action end)
    {
        lock (_gate)
        {
            _journey = _journey == journey ? null : _journey;
        }

        end();
    }

    private void Fail(Exception failure)
    {
        Journey? journey;
        lock (_gate)
        {
            _failure ??= failure;
            (journey, _journey) = (_journey, null);
        }

        _ended.TrySetResult();
        journey?.Ended.TrySetException(failure);
    }

    private sealed record Journey(TimeSpan Until, bool StopsAtNews, long News)
    {
        public TaskCompletionSource<bool> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
