using System.Net;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// Keeps a connection to one address: dials, serves the connection until it ends, and dials again after a wait that
/// grows, for ever.
/// </summary>
/// <param name="securities">How to secure a connection. With several, such as the old and the new key of a server, each
/// attempt takes the next.</param>
/// <param name="serve">Serves a connection until it ends.</param>
/// <param name="draw">A number from [0, 1), by which waits differ, so that many diallers do not come at once.</param>
internal sealed class ZmtpDialler(
    ZmtpEndpoint endpoint,
    IReadOnlyList<ZmtpSecurity> securities,
    ZmtpOptions options,
    DialTimings timings,
    ByteBudget budget,
    Func<ZmtpConnection, CancellationToken, Task> serve,
    IZmtpObserver observer,
    Func<double> draw
) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _dialling = Task.CompletedTask;
    private volatile ZmtpException? _lastFailure;

    public ZmtpEndpoint Endpoint => endpoint;

    /// <summary>
    /// Why there is no connection now; null while there is one, and before the first attempt has ended.
    /// </summary>
    public ZmtpException? LastFailure => _lastFailure;

    public void Start() => _dialling = Task.Run(DialAsync);

    /// <summary>Stops dialling, and waits until whoever serves the connection has returned.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _dialling;
        _stopping.Dispose();
    }

    private async Task DialAsync()
    {
        var failures = 0;
        for (var attempt = 0; !_stopping.IsCancellationRequested; attempt++)
        {
            var before = options.Time.GetTimestamp();
            try
            {
                await ServeOneAsync(securities[attempt % securities.Count]);
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (ZmtpException e)
            {
                _lastFailure = e;
                observer.Refused(null, e);
            }
            catch (Exception e)
            {
                // The edge of the dialler: a bug in serving one connection does not end the dialling.
                observer.Failed(new IPEndPoint(IPAddress.None, endpoint.Port), e);
            }

            // A connection that has served for a while is no failure of the dialling.
            failures = options.Time.GetElapsedTime(before) > timings.WaitMax ? 1 : failures + 1;
            var wait = timings.WaitAfter(failures, draw());
            observer.WillDial(wait);
            await DelayAsync(wait);
        }
    }

    private async Task ServeOneAsync(ZmtpSecurity security)
    {
        await using var connection = await ZmtpDial.OnceAsync(
            endpoint,
            security,
            options,
            timings.ConnectMax,
            budget,
            _stopping.Token
        );
        _lastFailure = null;
        await serve(connection, _stopping.Token);
    }

    private async Task DelayAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, options.Time, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The dialler stops; the loop sees it.
        }
    }
}
