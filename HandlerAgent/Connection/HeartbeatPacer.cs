using Microsoft.Extensions.Logging;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>The part of the present session that heartbeats need. Safe from any thread.</summary>
internal interface IHeartbeatSource
{
    TimeSpan HeartbeatInterval { get; }

    TimeSpan LeaseLength { get; }

    /// <summary>Whether a Broker hears the session; false while the loop waits for the Broker.</summary>
    bool IsOpen { get; }

    /// <summary>Lets the loop of the session run something on the thread pool; false when it cannot.</summary>
    bool TryPost(Action turn);

    /// <summary>Hands a heartbeat to the connection without waiting for it.</summary>
    void SendHeartbeat();
}

/// <summary>
/// Sends heartbeats from a thread of its own, so that a busy thread pool does not delay them. Withholds heartbeats when
/// the loop of the session has not run for half a lease, so that a handler that hangs loses its attempts.
/// </summary>
internal sealed class HeartbeatPacer : IDisposable
{
    private readonly AutoResetEvent _wake = new(false);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private volatile IHeartbeatSource? _source;
    private volatile bool _stopping;

    /// <summary>The newest check that was given to the loop; null when none is due. On the pacer's thread.</summary>
    private Check? _check;

    /// <summary>Whether heartbeats are withheld, and that has been logged. On the pacer's thread.</summary>
    private bool _withholding;

    public HeartbeatPacer(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "ScheduleZero heartbeat" };
    }

    /// <summary>How long <see cref="Dispose"/> waits for the thread, which a connection may hold up.</summary>
    internal TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The session that heartbeats are sent for; null when there is none. A simulation, which has no such thread, asks.
    /// </summary>
    internal IHeartbeatSource? Source => _source;

    public void Start() => _thread.Start();

    /// <summary>Sends heartbeats for this session from now on; null when there is none.</summary>
    public void Attach(IHeartbeatSource? source)
    {
        _source = source;
        _wake.Set();
    }

    /// <summary>Sends a heartbeat now, because its content has changed.</summary>
    public void Beat() => _wake.Set();

    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        if (!_thread.IsAlive || _thread.Join(StopLimit))
        {
            _wake.Dispose();
            return;
        }

        // The thread still uses the event, so that is left to the garbage collector.
        _logger.HeartbeatStuck(StopLimit.TotalSeconds);
    }

    /// <summary>Sends one heartbeat, if the loop of the session runs.</summary>
    internal void Tick(IHeartbeatSource source)
    {
        if (!source.IsOpen)
        {
            _check = null;
            return;
        }

        if (_check is null || _check.Source != source || _check.HasRun)
        {
            var check = new Check(source, _time.GetTimestamp());
            _check = check;
            if (!source.TryPost(check.Run))
            {
                return;
            }
        }

        var waited = _time.GetElapsedTime(_check.PostedAt);
        var withhold = waited > source.LeaseLength / 2;
        if (withhold != _withholding)
        {
            _withholding = withhold;
            if (withhold)
            {
                _logger.HeartbeatsWithheld(waited.TotalSeconds);
            }
            else
            {
                _logger.HeartbeatsResumed();
            }
        }

        if (!withhold)
        {
            source.SendHeartbeat();
        }
    }

    private void Run()
    {
        while (!_stopping)
        {
            var source = _source;
            if (source is not null)
            {
                Tick(source);
            }

            // The wait uses the real clock, and not the TimeProvider: timers fire on the pool, on which this thread
            // must not depend. Without a session the thread waits for Attach or Dispose, however long that takes.
            _wake.WaitOne(source?.HeartbeatInterval ?? Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Check(IHeartbeatSource source, long postedAt)
    {
        private volatile bool _hasRun;

        public IHeartbeatSource Source => source;

        public long PostedAt => postedAt;

        public bool HasRun => _hasRun;

        public void Run() => _hasRun = true;
    }
}
