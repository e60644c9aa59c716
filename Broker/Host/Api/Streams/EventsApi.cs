using System.Globalization;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Streams;

/// <summary>Streams every event of a namespace as soon as it is committed.</summary>
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
                    + "says that some in between are gone."
            );

    private async Task StreamAsync(string ns, HttpContext http)
    {
        var lastEventId = http.Request.Headers["Last-Event-ID"].ToString();
        var (after, isForeign) = ReadPlace(lastEventId);
        using var subscription = events.Listen(happened => happened.Namespace == ns && happened.Type != LogType, after);
        using var stream = new ServerSentEvents(http, access, time, lifetime.ApplicationStopping);
        if (!await stream.BeginAsync())
        {
            return;
        }

        if (isForeign || subscription.HasGap)
        {
            await stream.SendAsync(id: null, "lost", LostJson);
        }

        StreamStep step;
        while ((step = await stream.WaitAsync(subscription)) == StreamStep.Ready)
        {
            while (subscription.Events.TryRead(out var next))
            {
                await stream.SendAsync(
                    $"{_start}-{next.Number}",
                    next.Happened.Type,
                    View(next),
                    RestJson.Default.BrokerEvent
                );
            }
        }

        if (step == StreamStep.Lost)
        {
            await stream.SendAsync(id: null, "lost", LostJson);
        }
    }

    // The type of log lines, which have a stream of their own; here they would drown the other events.
    private const string LogType = "job.log";

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

    private BrokerEvent View(NumberedEvent numbered)
    {
        var happened = numbered.Happened;
        return new BrokerEvent(
            $"{_start}-{numbered.Number}",
            happened.Type,
            happened.Namespace,
            happened.Subject,
            happened.At,
            happened.Job?.Spec.Method,
            happened.Handler,
            happened.Detail
        );
    }
}
