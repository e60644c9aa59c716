using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

// Server-sent events. A stream that is cut is opened again where it stopped.
internal sealed partial class RestConnection
{
    /// <summary>The type of the last event of a stream that has an end.</summary>
    private const string EndEvent = "end";

    /// <summary>
    /// The type of an event that says that other events could not be delivered. It holds no value; the lists of the
    /// REST API hold what was missed.
    /// </summary>
    private const string LostEvent = "lost";

    /// <summary>The type of an event that says how far back a stream of broker events reaches.</summary>
    private const string SinceEvent = "since";

    /// <summary>How a connection that carried events ended.</summary>
    private enum StreamEnd
    {
        /// <summary>The network or a server cut the connection.</summary>
        Cut,

        /// <summary>The server closed the connection in order.</summary>
        Closed,

        /// <summary>The server said, by <see cref="EndEvent"/>, that no event will follow.</summary>
        Announced,
    }

    /// <summary>Reads the values of an event stream, over as many connections as it takes.</summary>
    /// <param name="path">Asked anew for each connection.</param>
    /// <param name="lastEventId">Sent as <c>Last-Event-ID</c>; asked anew for each connection.</param>
    /// <param name="resumeAfterEnd">Whether an orderly end is followed by a new connection, as a cut always is.</param>
    /// <param name="opened">Called once, when the first connection stands; null for nobody.</param>
    /// <param name="noted">
    /// Called with each event that is no value: how far back the stream reaches, or null where others could not be
    /// delivered. Null for nobody.
    /// </param>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        Func<string> path,
        Func<string?> lastEventId,
        JsonTypeInfo<T> type,
        bool resumeAfterEnd,
        Action? opened,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        Action<DateTimeOffset?>? noted = null
    )
    {
        for (var connections = 0; ; connections++)
        {
            if (connections > 0)
            {
                await Task.Delay(options.ReconnectDelay, cancellationToken);
            }

            var isFirst = connections == 0;
            using var response = await OpenStreamAsync(path(), lastEventId(), mustAnswer: isFirst, cancellationToken);
            if (response is null)
            {
                continue;
            }

            if (isFirst)
            {
                opened?.Invoke();
            }

            using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var events = new EventReader<T>(body, type, noted);
            await foreach (var value in events.ReadAsync(cancellationToken))
            {
                yield return value;
            }

            if (events.End == StreamEnd.Announced || (events.End == StreamEnd.Closed && !resumeAfterEnd))
            {
                yield break;
            }
        }
    }

    /// <summary>Opens one connection for events.</summary>
    /// <param name="mustAnswer">Whether a Broker that is away or busy is a failure.</param>
    /// <returns>Null for a Broker that is away or busy: it is worth asking again. A refusal is thrown.</returns>
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
                && e.Status is null or >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests
            )
        {
            return null;
        }
    }

    /// <summary>Reads the events of one connection.</summary>
    private sealed class EventReader<T>(Stream body, JsonTypeInfo<T> type, Action<DateTimeOffset?>? noted)
    {
        /// <summary>How the connection ended; means nothing before <see cref="ReadAsync"/> is at its end.</summary>
        public StreamEnd End { get; private set; }

        public async IAsyncEnumerable<T> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var parser = SseParser.Create(body, Parse);
            await using var events = parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await MoveNextAsync(events))
            {
                if (events.Current.EventType == EndEvent)
                {
                    End = StreamEnd.Announced;
                    yield break;
                }

                if (events.Current.Data is { } value)
                {
                    yield return value;
                }
            }
        }

        private T? Parse(string kind, ReadOnlySpan<byte> data)
        {
            switch (kind)
            {
                case EndEvent:
                    return default;
                case LostEvent:
                    noted?.Invoke(null);
                    return default;
                case SinceEvent:
                    noted?.Invoke(JsonSerializer.Deserialize(data, RestJson.Default.EventsSince)?.Since);
                    return default;
                default:
                    return JsonSerializer.Deserialize(data, type);
            }
        }

        private async Task<bool> MoveNextAsync(IAsyncEnumerator<SseItem<T?>> events)
        {
            try
            {
                var moved = await events.MoveNextAsync();
                End = StreamEnd.Closed;
                return moved;
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                End = StreamEnd.Cut;
                return false;
            }
        }
    }
}
