using System.Net;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// Watches whether a link has a Broker, and writes to the log while it has none, with the reason. Safe from any thread.
/// </summary>
internal sealed class LinkWatch : IZmtpObserver, IAsyncDisposable
{
    private static readonly TimeSpan FirstLineAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LineEvery = TimeSpan.FromMinutes(1);

    private readonly BrokerEndpoint _endpoint;
    private readonly LinkContext _context;
    private readonly ITimer _clock;
    private readonly Lock _gate = new();

    /// <summary>The reasons that were logged since the last line that was due by time.</summary>
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>The number of connections on which the Broker has welcomed this Bridge.</summary>
    private int _welcomes;

    /// <summary>Since when there is no such connection, as a timestamp of the clock.</summary>
    private long _unansweredSince;

    /// <summary>How long there must have been no such connection for the next line.</summary>
    private TimeSpan _lineAfter = FirstLineAfter;

    /// <summary>Why there is no Broker; null where nothing is wrong so far.</summary>
    private string? _trouble;

    /// <summary>How many tries have failed since the last welcome.</summary>
    private int _failures;

    /// <summary>Why the last of them failed; null without one.</summary>
    private string? _lastFailure;

    public LinkWatch(BrokerEndpoint endpoint, LinkContext context)
    {
        _endpoint = endpoint;
        _context = context;
        _unansweredSince = context.Settings.Time.GetTimestamp();
        _trouble = endpoint.Listens ? "Nobody has connected." : null;
        var tick = context.Settings.LinkTimings.Tick;
        _clock = context.Settings.Time.CreateTimer(_ => Tick(), null, tick, tick);
    }

    /// <summary>What kept the Bridge from linking since it was last linked, for the Broker; null for nothing.</summary>
    public LinkTrouble? Trouble
    {
        get
        {
            lock (_gate)
            {
                return _lastFailure is null ? null : new LinkTrouble(_failures, _lastFailure);
            }
        }
    }

    /// <summary>Called when a connection stands: what was wrong before is over.</summary>
    public void Connected() => Tell(null);

    /// <summary>Called with the reason why there is no Broker so far.</summary>
    public void Tell(string? trouble)
    {
        lock (_gate)
        {
            _trouble = trouble;
            if (trouble is not null)
            {
                _failures++;
                _lastFailure =
                    trouble.Length <= LinkTrouble.ReasonLengthMax ? trouble : trouble[..LinkTrouble.ReasonLengthMax];
            }
        }
    }

    /// <summary>Called when the Broker has welcomed this Bridge on one more connection.</summary>
    public void Welcomed()
    {
        lock (_gate)
        {
            _welcomes++;
            (_trouble, _failures, _lastFailure) = (null, 0, null);
        }
    }

    /// <summary>Called when a connection on which the Broker had welcomed this Bridge is lost.</summary>
    public void Lost()
    {
        lock (_gate)
        {
            if (--_welcomes == 0)
            {
                _unansweredSince = _context.Settings.Time.GetTimestamp();
                _lineAfter = FirstLineAfter;
                _told.Clear();
            }
        }
    }

    public void Refused(IPEndPoint? remote, ZmtpException reason)
    {
        Tell(reason.Message);
        if (_endpoint.Listens && _context.Lines.MayWrite("connections to links that were refused", remote?.Address))
        {
            _context.Log.ConnectionRefused(_endpoint, remote, reason.Message);
        }
    }

    public void Ended(IPEndPoint remote, ZmtpException reason)
    {
        Tell(reason.Message);
        if (
            reason.Failure is ZmtpFailure.Displaced
            && _context.Lines.MayWrite("connections to links that made room for others", remote.Address)
        )
        {
            _context.Log.ConnectionDisplaced(_endpoint, remote, reason.Message);
        }
    }

    public void Failed(IPEndPoint remote, Exception reason)
    {
        Tell("The last connection failed.");
        _context.Log.LinkFailed(reason, _endpoint);
    }

    public void AcceptFailed(Exception reason)
    {
        Tell(reason.Message);
        if (_context.Lines.MayWrite("connections to links that the system did not give", null))
        {
            _context.Log.AcceptFailed(_endpoint, reason.Message);
        }
    }

    public ValueTask DisposeAsync() => _clock.DisposeAsync();

    private void Tick()
    {
        lock (_gate)
        {
            var unanswered = _context.Settings.Time.GetElapsedTime(_unansweredSince);
            if (_welcomes > 0 || unanswered < FirstLineAfter)
            {
                return;
            }

            var isDue = unanswered >= _lineAfter;
            // Where the Bridge listens, strangers can cause any number of reasons, and each has a line of its own
            // already.
            var isNews = !_endpoint.Listens && _trouble is not null && !_told.Contains(_trouble);
            if (!isDue && !isNews)
            {
                return;
            }

            if (isDue)
            {
                _lineAfter = unanswered + LineEvery;
                _told.Clear();
            }

            var reason = _trouble ?? "Whoever is there has not answered yet.";
            _told.Add(reason);
            _context.Log.LinkUnanswered(_endpoint, (long)unanswered.TotalSeconds, reason);
        }
    }
}
