using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection.Ways;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>What watches of ways have in common.</summary>
/// <param name="TryWebSockets">Makes a whole connection by WebSockets and closes it; throws when that fails.</param>
/// <param name="Draw">A draw from [0, 1), by which the checks of many agents are spread over time.</param>
internal sealed record WayContext(
    HandlerAgentOptions Options,
    WayMemory Ways,
    Func<HubHttp, CancellationToken, Task> TryWebSockets,
    TimeProvider Time,
    double Draw,
    ILogger Logger
);

/// <summary>
/// Watches the way of one connection while the connection lives: measures how long silence survives on it, sets the
/// keep-alive by that, and looks from time to time whether WebSockets work where they did not.
/// </summary>
internal sealed class WayWatch : IAsyncDisposable
{
    /// <summary>A longer silence than this is of no use to know: the pings need no more.</summary>
    internal static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);

    internal static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LastRetry = TimeSpan.FromHours(1);

    /// <summary>The measurement begins between these times after the connection.</summary>
    private static readonly (TimeSpan First, TimeSpan Spread) CheckAfter = (
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(25)
    );

    private readonly SignalRConnection _connection;
    private readonly HubHttp _http;
    private readonly HttpTransportType _transport;
    private readonly Inbox _inbox;
    private readonly WayContext _context;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;

    /// <param name="connection">The connection whose keep-alive is set.</param>
    /// <param name="inbox">The inbox of the connection, which is told when to dial anew.</param>
    public WayWatch(
        SignalRConnection connection,
        HubHttp http,
        HttpTransportType transport,
        Inbox inbox,
        WayContext context
    )
    {
        (_connection, _http, _transport, _inbox, _context) = (connection, http, transport, inbox, context);
        _running = Task.Run(RunAsync);
    }

    /// <summary>What is known of the way now.</summary>
    public HelloWay Way =>
        new()
        {
            Proxy = _http.Proxy?.ToString(),
            KeepAliveSeconds = _connection.KeepAlive.TotalSeconds,
            SilenceSeconds = _context.Ways.Of(_http.Address, _http.Proxy).SilenceSeconds,
        };

    /// <summary>Notes that the connection was lost, perhaps because its keep-alive did not suit the way.</summary>
    public void Lost() => _context.Ways.NoteLoss(_http.Address, _http.Proxy, _context.Time.GetUtcNow());

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await MeasureAsync(_ending.Token);
            await FindWebSocketsAsync(_ending.Token);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The connection has ended.
        }
#pragma warning disable CA1031 // The edge of the watch: a bug in it must not reach the connection.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _context.Logger.WayWatchFailed(_http.Address, Redaction.Clean(e, _http.Secrets));
        }
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var (ways, time, logger) = (_context.Ways, _context.Time, _context.Logger);
        if (ways.Of(_http.Address, _http.Proxy).IsMeasured(time.GetUtcNow()))
        {
            return;
        }

        await Task.Delay(CheckAfter.First + (CheckAfter.Spread * _context.Draw), time, cancellationToken);
        var check = new SilenceCheck(_http, _transport == HttpTransportType.WebSockets, time);
        if (await check.RunAsync(LongestSilence, cancellationToken) is not { } survived)
        {
            // An older Bridge does not offer the check, or one that is busy: the careful keep-alive stays.
            return;
        }

        ways.Change(
            _http.Address,
            _http.Proxy,
            way => way with { SilenceSeconds = survived.TotalSeconds, MeasuredAt = time.GetUtcNow() }
        );
        _connection.KeepAlive = ways.Of(_http.Address, _http.Proxy).KeepAlive(_context.Options.KeepAliveInterval);
        logger.WayMeasured(_http.Address, survived.TotalSeconds, _connection.KeepAlive.TotalSeconds);
    }

    private async Task FindWebSocketsAsync(CancellationToken cancellationToken)
    {
        if (_transport == HttpTransportType.WebSockets)
        {
            return;
        }

        for (var wait = FirstRetry; ; wait = wait * 2 < LastRetry ? wait * 2 : LastRetry)
        {
            await Task.Delay(wait * (1 + (_context.Draw / 4)), _context.Time, cancellationToken);
            try
            {
                await _context.TryWebSockets(_http, cancellationToken);
            }
#pragma warning disable CA1031 // Whatever fails, the way is not better now than it was.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                _context.Logger.NoBetterWay(_http.Address, _http.Explain(e));
                continue;
            }

            _context.Ways.Change(
                _http.Address,
                _http.Proxy,
                way => way with { Transport = HttpTransportType.WebSockets }
            );
            _inbox.Post(new Drain("WebSockets work on this way now", ReconnectAfterSeconds: 0));
            return;
        }
    }
}
