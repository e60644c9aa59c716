namespace ScheduleZero.Testing.Time;

/// <summary>
/// Code that runs on real threads, an attempt of a handler or a request to REST. Virtual time stands still while the
/// code runs, and goes on when the code has ended or waits for virtual time itself.
/// </summary>
internal sealed class RunningCode
{
    /// <summary>
    /// The real time after which code with a time limit counts as waiting for it. Code that only has a time limit set
    /// (a CancellationTokenSource, WaitAsync) may be at work or may wait for that limit.
    /// </summary>
    private static readonly TimeSpan LimitPatience = TimeSpan.FromMilliseconds(100);

    private static readonly AsyncLocal<RunningCode?> Flow = new();

    private readonly Lock _gate = new();
    private readonly Driver _driver;

    /// <summary>The code that made this request; null for an attempt, and for a request of the test.</summary>
    private readonly RunningCode? _parent;

    private readonly Func<bool> _isStirring;

    /// <summary>Whether the code is a request to REST.</summary>
    private readonly bool _isRequest;

    /// <summary>
    /// The number of timers by which the code counts as waiting. Guarded by the gate, as are all fields below.
    /// </summary>
    private int _waits;

    /// <summary>The number of time limits that the code has set, for which it may or may not wait.</summary>
    private int _limits;

    /// <summary>The number of steps of the code that run because a timer has fired.</summary>
    private int _steps;

    /// <summary>When the timers or steps last changed, as a timestamp of the real clock.</summary>
    private long _changedAt;

    /// <summary>Whether the code has ended.</summary>
    private bool _isOver;

    /// <summary>Begins to watch code.</summary>
    /// <param name="isStirring">Whether the code is just receiving something that it has not received in full.</param>
    public RunningCode(Driver driver, Func<string> what, RunningCode? parent, bool isRequest, Func<bool> isStirring)
    {
        (_driver, What, _parent, _isRequest, _isStirring) = (driver, what, parent, isRequest, isStirring);
        _changedAt = TimeProvider.System.GetTimestamp();
    }

    /// <summary>The code that the current asynchronous flow belongs to; null for none.</summary>
    public static RunningCode? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    public Func<string> What { get; }

    /// <summary>Whether virtual time may go on as far as this code is concerned.</summary>
    public bool LetsTimePass
    {
        get
        {
            lock (_gate)
            {
                return _isOver || (_steps == 0 && !_isStirring() && (_waits > 0 || (_limits > 0 && IsPatient())));
            }
        }
    }

    /// <summary>Called when the code has ended, or when nobody waits for it any more.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
        }

        _driver.Ended(this);
    }

    /// <summary>Counts a timer of the code that was set, or that is none any more.</summary>
    public void Count(int timers, bool isLimit)
    {
        lock (_gate)
        {
            _changedAt = TimeProvider.System.GetTimestamp();
            if (isLimit && !_isRequest)
            {
                _limits += timers;
            }
            else
            {
                _waits += timers;
            }
        }

        // A wait inside a request is also a wait of the code that made the request.
        _parent?.Count(timers, isLimit && !_isRequest);
        _driver.Wake();
    }

    /// <summary>Continues the code, on a thread of the pool, because a timer has fired.</summary>
    public void GoOn(Action step)
    {
        Step(1);
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                try
                {
                    step();
                }
                finally
                {
                    Step(-1);
                    _driver.Wake();
                }
            },
            null
        );
    }

    private void Step(int by)
    {
        lock (_gate)
        {
            _steps += by;
            _changedAt = TimeProvider.System.GetTimestamp();
        }

        _parent?.Step(by);
    }

    private bool IsPatient() => TimeProvider.System.GetElapsedTime(_changedAt) >= LimitPatience;
}
