using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Charts;
using ScheduleZero.Dashboard.Live;

namespace ScheduleZero.Dashboard.Pages.Methods;

/// <summary>
/// What the page of one method shows, as read at one time. What the user's roles do not open is null.
/// </summary>
public sealed record MethodReading
{
    private const int JobsMax = 10;
    private const int HandlersMax = 20;
    private const int SchedulesMax = 20;

    public required MethodView Method { get; init; }

    /// <summary>The handlers that offer the method, or did when they were connected last, in order of name.</summary>
    public IReadOnlyList<HandlerView> Handlers { get; init; } = [];

    public bool HasMoreHandlers { get; init; }

    /// <summary>Jobs that wait: those that could run first, then those that are to run later.</summary>
    public IReadOnlyList<JobView>? Waiting { get; init; }

    /// <summary>The newest jobs that failed.</summary>
    public IReadOnlyList<JobView>? Failed { get; init; }

    /// <summary>Schedules that make jobs of the method, in order of their next instants.</summary>
    public IReadOnlyList<ScheduleView>? Schedules { get; init; }

    public ChartReading? Charts { get; init; }

    /// <summary>Reads everything that is open to the user.</summary>
    /// <param name="before">The reading before this one, whose charts may still be good; null for none.</param>
    internal static async Task<MethodReading> ReadAsync(
        PageSession session,
        string ns,
        string name,
        ChartSpan span,
        MethodReading? before,
        CancellationToken cancellationToken
    )
    {
        var client = session.Client(ns);
        // The method comes first: what is no name of a method is not found, before any filter would refuse it.
        var method = await client.Methods.GetAsync(name, cancellationToken);
        var handlers = await client.Handlers.ListAsync(
            new HandlerFilter { Method = name },
            HandlersMax,
            null,
            cancellationToken
        );
        var readsJobs = session.May("jobs:read", ns);
        return new MethodReading
        {
            Method = method,
            Handlers = handlers.Items,
            HasMoreHandlers = handlers.NextCursor is not null,
            Waiting = readsJobs ? await WaitingAsync(client, name, cancellationToken) : null,
            Failed = readsJobs ? await JobsAsync(client, name, JobState.Failed, cancellationToken) : null,
            Schedules = session.May("schedules:read", ns)
                ? (
                    await client.Schedules.ListAsync(
                        new ScheduleFilter
                        {
                            Method = name,
                            Order = ScheduleOrder.Next,
                            Limit = SchedulesMax,
                        },
                        null,
                        cancellationToken
                    )
                ).Items
                : null,
            Charts = await ChartReading.ReadAsync(
                before?.Charts,
                session,
                new ChartSubject(ns, Method: name),
                span,
                cancellationToken
            ),
        };
    }

    private static async Task<IReadOnlyList<JobView>> WaitingAsync(
        ScheduleZeroClient client,
        string name,
        CancellationToken cancellationToken
    )
    {
        var ready = await JobsAsync(client, name, JobState.Ready, cancellationToken);
        return ready.Count >= JobsMax
            ? ready
            : [.. ready.Concat(await JobsAsync(client, name, JobState.Scheduled, cancellationToken)).Take(JobsMax)];
    }

    private static async Task<IReadOnlyList<JobView>> JobsAsync(
        ScheduleZeroClient client,
        string name,
        JobState state,
        CancellationToken cancellationToken
    )
    {
        var filter = new JobFilter
        {
            Method = name,
            State = state,
            Limit = JobsMax,
        };
        return (await client.Jobs.ListAsync(filter, null, cancellationToken)).Items;
    }
}
