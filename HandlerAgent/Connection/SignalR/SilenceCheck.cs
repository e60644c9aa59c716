using System.Net;
using System.Net.WebSockets;
using ScheduleZero.HandlerAgent.Connection.Ways;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>
/// Measures how long a connection without any traffic survives on a way: the Bridge is asked to be silent for some
/// time and then to answer.
/// </summary>
/// <param name="byWebSocket">Whether a WebSocket is used; else a plain request.</param>
internal sealed class SilenceCheck(HubHttp http, bool byWebSocket, TimeProvider time)
{
    /// <summary>The path of the Bridge's side of the check.</summary>
    public const string Path = "way/silence";

    /// <summary>The time for connecting before, and for the answer after the silence.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ShortestSilence = TimeSpan.FromSeconds(5);

    /// <summary>Runs the check; a silence that ends in nothing at all is tried again with half of it.</summary>
    /// <returns>
    /// How long silence survived, at most <paramref name="longest"/>; null when the Bridge does not offer the check.
    /// </returns>
    public async Task<TimeSpan?> RunAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        for (var silence = longest; ; silence /= 2)
        {
            var begin = time.GetTimestamp();
            using var limit = new CancellationTokenSource(silence + (2 * Slack), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                return byWebSocket
                    ? await AskByWebSocketAsync(silence, either.Token)
                    : await AskByRequestAsync(silence, either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Somebody forgot the connection and told nobody.
                if (silence / 2 < ShortestSilence)
                {
                    return ShortestSilence;
                }
            }
            catch (Exception e) when (IsCut(e))
            {
                return time.GetElapsedTime(begin) is var lived && lived < silence ? lived : silence;
            }
        }
    }

    private async Task<TimeSpan?> AskByWebSocketAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        WebSocket socket;
        try
        {
            socket = await http.OpenAsync(http.WebSocketUrlOf(PathOf(silence)), cancellationToken);
        }
        catch (NoUpgradeException)
        {
            return null;
        }

        using (socket)
        {
            var begin = time.GetTimestamp();
            var heard = await socket.ReceiveAsync(new byte[64].AsMemory(), cancellationToken);
            return heard.MessageType == WebSocketMessageType.Text ? silence : time.GetElapsedTime(begin);
        }
    }

    private async Task<TimeSpan?> AskByRequestAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(http.MakeHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        var begin = time.GetTimestamp();
        using var answer = await client.GetAsync(http.UrlOf(PathOf(silence)), cancellationToken);
        return answer.StatusCode switch
        {
            HttpStatusCode.NoContent => silence,
            // A proxy has waited for as long as it waits.
            HttpStatusCode.GatewayTimeout or HttpStatusCode.BadGateway => time.GetElapsedTime(begin),
            _ => null,
        };
    }

    private static string PathOf(TimeSpan silence) => $"{Path}?seconds={silence.TotalSeconds:0}";

    private static bool IsCut(Exception failure) =>
        failure is WebSocketException or HttpRequestException or IOException;
}
