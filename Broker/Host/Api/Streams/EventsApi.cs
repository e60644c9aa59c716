using System.Globalization;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Streams;

/// <summary>Streams the events of a namespace as soon as they are committed.</summary>
internal sealed class EventsApi(
    EventStream events,
    LiveAccess access,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    BrokerApiOptions options
)
{
    private static readonly byte[] LostJson =
        """{"detail":"Events between here and the ones before were not delivered. Read the lists again."}"""u8.ToArray();

    // Numbers of events begin anew with each start of the Broker, so an id also names the start.
    private readonly string _start = options
        .StartedAt.ToUnixTimeMilliseconds()
        .ToString("x", CultureInfo.InvariantCulture);

    public void Map(RouteGroupBuilder group) =>
        group
            .MapGet("/events", StreamAsync)
            .Demand(Permissions.EventsRead)
            .Produces<BrokerEvent>(200, "text/event-stream")
            .Describe(
                "streamEvents",
                "Follow what happens",
                "Server-sent events, one for each transition. Last-Event-ID resumes; an event of type lost "
                    + "says that some in between are gone. With last the stream begins with the newest events that "
                    + "match; after these, one of type since says from which instant on the Broker has all.",
                400
            );

    private async Task<IResult> StreamAsync(string ns, [AsParameters] EventQuery query, HttpContext http)
    {
        if (EventQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var lastEventId = http.Request.Headers["Last-Event-ID"].ToString();
        var (after, isForeign) = ReadPlace(lastEventId);
        var newest = QueryText.Number(query.Last) ?? 0;
        using var subscription = events.Listen(query.ToChoice(ns), after, newest);
        using var stream = new ServerSentEvents(http, access, time, lifetime.ApplicationStopping);
        if (!await stream.BeginAsync())
        {
            return TypedResults.Empty;
        }

        if (isForeign || subscription.Held.HasGap)
        {
            await stream.SendAsync(id: null, "lost", LostJson);
        }

        foreach (var held in subscription.Held.Events)
        {
            await SendAsync(stream, held);
        }

        if (after is null && newest > 0)
        {
            var since = new EventsSince(subscription.Held.WholeSince ?? options.StartedAt);
            await stream.SendAsync(id: null, "since", since, RestJson.Default.EventsSince);
        }

        await FollowAsync(stream, subscription);
        return TypedResults.Empty;
    }

    private async Task FollowAsync(ServerSentEvents stream, Subscription subscription)
    {
        StreamStep step;
        while ((step = await stream.WaitAsync(subscription)) == StreamStep.Ready)
        {
            while (subscription.Events.TryRead(out var next))
            {
                await SendAsync(stream, HeldEvent.Of(next));
            }
        }

        if (step == StreamStep.Lost)
        {
            await stream.SendAsync(id: null, "lost", LostJson);
        }
    }

    private Task SendAsync(ServerSentEvents stream, HeldEvent held) =>
        stream.SendAsync($"{_start}-{held.Number}", held.Type, View(held), RestJson.Default.BrokerEvent);

    // An id of another start, or one that was never given, is foreign: the stream then begins with all events that are
    // kept, and says that some are missing.
    private (long? After, bool IsForeign) ReadPlace(string lastEventId)
    {
        if (lastEventId.Length == 0)
        {
            return (null, false);
        }

        var dash = lastEventId.IndexOf('-', StringComparison.Ordinal);
        return
            dash > 0
            && lastEventId.AsSpan(0, dash).SequenceEqual(_start)
            && long.TryParse(
                lastEventId.AsSpan(dash + 1),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var number
            )
            ? (number, false)
            : (0, true);
    }

    private BrokerEvent View(HeldEvent held) =>
        new(
            $"{_start}-{held.Number}",
            held.Type,
            held.Namespace,
            held.Subject,
            held.At,
            held.Method,
            held.Handler,
            held.Detail,
            held.Schedule
        );
}
