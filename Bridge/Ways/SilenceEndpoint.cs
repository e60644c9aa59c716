using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using ScheduleZero.Bridge.Hub;

namespace ScheduleZero.Bridge.Ways;

/// <summary>
/// Is silent for as long as an agent asks, and then answers: so the agent learns after which silence something on the
/// way cuts a connection. A WebSocket gets the answer as a text, any other request as 204. No key is asked for, since
/// nothing is told to anybody.
/// </summary>
internal sealed class SilenceEndpoint(BridgeSettings settings, ConnectionLimits limits)
{
    public const string Path = "/way/silence";

    private const int SecondsMax = 120;

    /// <summary>The checks of all agents that are under way. Changed from several threads.</summary>
    private int _underWay;

    public static void Map(WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<SilenceEndpoint>();
        var branch = ((IEndpointRouteBuilder)app).CreateApplicationBuilder();
        branch.UseWebSockets();
        branch.Run(endpoint.ServeAsync);
        app.MapMethods(Path, [HttpMethods.Get], branch.Build());
    }

    private async Task ServeAsync(HttpContext http)
    {
        var text = http.Request.Query["seconds"].ToString();
        if (
            !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 1 or > SecondsMax
        )
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (limits.Wait(http.Connection.RemoteIpAddress, out _) is not null)
        {
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _underWay) > settings.Limits.SilenceChecksMax)
            {
                http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            await BeSilentAsync(http, TimeSpan.FromSeconds(seconds));
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // The connection did not survive the silence, or the agent or the Bridge has ended it.
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task BeSilentAsync(HttpContext http, TimeSpan silence)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            await Task.Delay(silence, settings.Time, http.RequestAborted);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan }
        );
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        // Nothing is expected from the agent, but only a read sees the end of the connection.
        var ended = socket.ReceiveAsync(new byte[64].AsMemory(), gone.Token).AsTask();
        await Task.WhenAny(ended, Task.Delay(silence, settings.Time, gone.Token));
        if (!ended.IsCompleted)
        {
            var answer = Encoding.ASCII.GetBytes("silent");
            await socket.SendAsync(answer, WebSocketMessageType.Text, endOfMessage: true, gone.Token);
            // The agent closes. To end the connection at once could overtake the answer.
            await Task.WhenAny(ended, Task.Delay(settings.Limits.CloseGrace, settings.Time, gone.Token));
        }

        await gone.CancelAsync();
        await ended;
    }
}
