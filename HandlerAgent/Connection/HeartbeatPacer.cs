using Microsoft.Extensions.Logging;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>What a heartbeat needs from the session of the moment.</summary>
internal interface IHeartbeatSource
{
    TimeSpan HeartbeatInterval { get; }

    TimeSpan LeaseLength { get; }

    /// <summary>False while there is no Broker to hear a heartbeat; the loop may be waiting for one.</summary>
    bool IsOpen { get; }

    /// <summary>Has the session's loop run something on the thread pool; false when it cannot.</summary>
    bool TryPost(Action turn);

    /// <summary>Hands a heartbeat to the connection without waiting for it.</summary>
    void SendHeartbeat();
}

/// <summary>
/// Paces heartbeats from a thread of its own, so that a busy thread pool does not delay them — and withholds them when
/// the loop that dispatches attempts has not had a turn for half a lease, so that a dead one is not kept alive by them.
/// </summary>
internal sealed class HeartbeatPacer : IDisposable
{
    private readonly AutoResetEvent _wake = new(false);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private volatile IHeartbeatSource? _source;
    private volatile bool _stopping;
    private Check? _check;
    private bool _withholding;

    public HeartbeatPacer(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "ScheduleZero heartbeat" };
    }

    /// <summary>How long the end waits for the thread, which may be held up by a connection.</summary>
    internal TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The session that is beaten for; a simulation, which has no such thread, asks for it.</summary>
    internal IHeartbeatSource? Source => _source;

    public void Start() => _thread.Start();

    /// <summary>From now on heartbeats go through this session; null: there is none.</summary>
    public void Attach(IHeartbeatSource? source)
    {
        _source = source;
        _wake.Set();
    }

    /// <summary>Sends one now, because what it says has changed.</summary>
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

    /// <summary>One beat, if the loop is alive.</summary>
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

            // The real clock, not the TimeProvider's: its timers fire on the pool that this thread must not depend on.
            // Without a session it waits for Attach or Dispose, however long that takes.
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
