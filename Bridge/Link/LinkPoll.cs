using System.Runtime.ExceptionServices;
using NetMQ;
using NetMQ.Monitoring;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The poller of a link's thread, which wakes it: for frames from the Broker, messages from handlers, the clock, the
/// end of the connection, and, only while the socket is full, room in it.
/// </summary>
internal sealed class LinkPoll : IDisposable
{
    private const int ReceiveBurstMax = 256;
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);
    private static int _monitors;

    private readonly BrokerLink _link;
    private readonly LinkSocket _socket;
    private readonly LinkSession _session;
    private readonly PollerSignal _signal;
    private readonly TimeProvider _time;
    private readonly NetMQMonitor _monitor;
    private readonly NetMQPoller _poller = [];

    /// <summary>Whether the poller watches for room in the socket.</summary>
    private bool _waitsForRoom;

    /// <summary>When the stop was noticed, as a timestamp of the clock; null before that.</summary>
    private long? _stoppingSince;

    /// <summary>The first exception of a step; null without one.</summary>
    private Exception? _failure;

    public LinkPoll(
        BrokerLink link,
        LinkSocket socket,
        LinkSession session,
        PollerSignal signal,
        BridgeSettings settings
    )
    {
        _link = link;
        _socket = socket;
        _session = session;
        _signal = signal;
        _time = settings.Time;
        var clock = new NetMQTimer(settings.LinkTimings.Tick);
        _monitor = new NetMQMonitor(
            socket.Pollable,
            $"inproc://bridge-link-{Interlocked.Increment(ref _monitors)}",
            SocketEvents.Disconnected
        );
        clock.Elapsed += (_, _) => Guard(Tick);
        _signal.Raised += OnSignal;
        _socket.Pollable.ReceiveReady += (_, _) => Guard(ReceiveBurst);
        _monitor.Disconnected += (_, _) => Guard(_session.Disconnected);
        _poller.Add(_socket.Pollable);
        _poller.Add(_signal.Pollable);
        _poller.Add(clock);
        _monitor.AttachToPoller(_poller);
    }

    /// <summary>Serves the link until it is stopped.</summary>
    /// <exception cref="Exception">The library or the link failed unexpectedly.</exception>
    public void Run()
    {
        _session.Tick();
        _link.Queue.Signal();
        _poller.Run();
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    public void Dispose()
    {
        _session.Abandon();
        _signal.Raised -= OnSignal;
        _monitor.DetachFromPoller();
        _monitor.Dispose();
        _poller.Dispose();
    }

    private void Tick()
    {
        _session.Tick();
        if (_link.IsStopping)
        {
            _stoppingSince ??= _time.GetTimestamp();
            if (_time.GetElapsedTime(_stoppingSince.Value) >= StopGrace)
            {
                _poller.Stop();
            }
        }
    }

    private void OnSignal() => Guard(Drain);

    private void OnRoom(object? sender, NetMQSocketEventArgs e) => Guard(Drain);

    private void Drain()
    {
        var isTaken = _session.TryDrain(out var isMoreWaiting);
        if (!isTaken != _waitsForRoom)
        {
            WaitForRoom(!isTaken);
        }

        if (isTaken && isMoreWaiting)
        {
            // The rest is sent by way of the poller, so that receiving gets its turn.
            _link.Queue.Signal();
        }
        else if (isTaken && _link.IsStopping)
        {
            _poller.Stop();
        }
    }

    private void WaitForRoom(bool waits)
    {
        _waitsForRoom = waits;
        if (waits)
        {
            _socket.Pollable.SendReady += OnRoom;
        }
        else
        {
            _socket.Pollable.SendReady -= OnRoom;
        }
    }

    private void ReceiveBurst()
    {
        for (
            var budget = ReceiveBurstMax;
            budget > 0 && _socket.TryReceive(out var header, out var body, out var isWellFormed);
            budget--
        )
        {
            if (isWellFormed)
            {
                _session.Receive(header, body);
            }
            else
            {
                _session.Malformed("frames that are no message");
            }
        }
    }

    /// <summary>
    /// Runs a step of the poller. An exception inside the poller would leave it half alive, so the poller is stopped in
    /// order, and the cause thrown outside.
    /// </summary>
    private void Guard(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e)
        {
            _failure ??= e;
            _poller.Stop();
        }
    }
}
