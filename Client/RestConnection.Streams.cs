using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ScheduleZero.Client;

// Server-sent events, opened again where they stopped.
internal sealed partial class RestConnection
{
    /// <summary>The type of the last event of a stream that has an end.</summary>
    private const string EndEvent = "end";

    /// <summary>Some events could not be delivered. Not a value; what was missed is in the lists.</summary>
    private const string LostEvent = "lost";

    /// <param name="path">Asked anew for each connection.</param>
    /// <param name="lastEventId">Sent as <c>Last-Event-ID</c>; asked anew for each connection.</param>
    /// <param name="resumeAfterEnd">Whether an orderly end is followed by a new connection, as a cut always is.</param>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        Func<string> path,
        Func<string?> lastEventId,
        JsonTypeInfo<T> type,
        bool resumeAfterEnd,
        Action? opened,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var connections = 0; ; connections++)
        {
            if (connections > 0)
            {
                await Task.Delay(options.ReconnectDelay, cancellationToken);
            }

            using var response = await OpenStreamAsync(
                path(),
                lastEventId(),
                mustAnswer: connections == 0,
                cancellationToken
            );
            if (response is null)
            {
                continue;
            }

            if (connections == 0)
            {
                opened?.Invoke();
            }

            using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var parser = SseParser.Create(
                body,
                (kind, data) => kind is EndEvent or LostEvent ? default : JsonSerializer.Deserialize(data, type)
            );
            await using var events = parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await MoveNextAsync(events) is { } moved)
            {
                if (moved ? events.Current.EventType == EndEvent : !resumeAfterEnd)
                {
                    yield break;
                }

                if (!moved)
                {
                    break;
                }

                if (events.Current.Data is { } value)
                {
                    yield return value;
                }
            }
        }
    }

    // A Broker that is away, or busy, comes back; one that refuses will refuse again.
    private async Task<HttpResponseMessage?> OpenStreamAsync(
        string path,
        string? lastEventId,
        bool mustAnswer,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        try
        {
            return await SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                options.Timeout,
                cancellationToken
            );
        }
        catch (ScheduleZeroException e)
            when (!mustAnswer
                && e.Status
                    is null
                        or >= System.Net.HttpStatusCode.InternalServerError
                        or System.Net.HttpStatusCode.TooManyRequests
            )
        {
            return null;
        }
    }

    // True for an event, false for an orderly end, null for a cut.
    private static async Task<bool?> MoveNextAsync<T>(IAsyncEnumerator<SseItem<T?>> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return null;
        }
    }
}
