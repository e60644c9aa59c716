using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Charts;
using ScheduleZero.Dashboard.Live;

namespace ScheduleZero.Dashboard.Pages.Handlers;

/// <summary>
/// What the page of one handler shows, as read at one time. What the user's roles do not open is null.
/// </summary>
public sealed record HandlerReading
{
    /// <summary>How far back the statistics reach.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>How often the statistics are read: they are sums of minutes, so more would show nothing new.</summary>
    private static readonly TimeSpan StatsInterval = TimeSpan.FromSeconds(15);

    private const int JobsMax = 10;
    private const int RowsMax = 50;

    public required HandlerView Handler { get; init; }

    /// <summary>When the statistics were read.</summary>
    public DateTimeOffset StatsAt { get; init; }

    /// <summary>The sums of this handler; a row without attempts when none ended.</summary>
    public ExecutionStatsRow? Own { get; init; }

    /// <summary>The sums of each method over all handlers, by the method's name.</summary>
    public IReadOnlyDictionary<string, ExecutionStatsRow>? OfMethods { get; init; }

    public ChartReading? Charts { get; init; }

    /// <summary>The newest jobs that ran on the handler, or ask for it.</summary>
    public IReadOnlyList<JobView>? Jobs { get; init; }

    /// <summary>The handler's connections, the newest first: those that stand, and the last ended ones.</summary>
    public IReadOnlyList<HandlerConnectionView> Connections { get; init; } = [];

    /// <summary>The keys of the handler, the newest first; those that were revoked too.</summary>
    public IReadOnlyList<KeyView>? Keys { get; init; }

    /// <summary>Reads everything that is open to the user.</summary>
    /// <param name="span">How far back the charts reach.</param>
    /// <param name="before">The reading before this one, whose statistics may still be good; null for none.</param>
    internal static async Task<HandlerReading> ReadAsync(
        PageSession session,
        string ns,
        string name,
        ChartSpan span,
        HandlerReading? before,
        CancellationToken cancellationToken
    )
    {
        var client = session.Client(ns);
        var filter = new JobFilter { Handler = name, Limit = JobsMax };
        var read = new HandlerReading
        {
            Handler = await client.Handlers.GetAsync(name, cancellationToken),
            Jobs = session.May("jobs:read", ns)
                ? (await client.Jobs.ListAsync(filter, null, cancellationToken)).Items
                : null,
            Connections = (await client.Handlers.ConnectionsAsync(name, RowsMax, null, cancellationToken)).Items,
            Keys = session.May("keys:manage", ns) ? await KeysAsync(client, name, cancellationToken) : null,
            Charts = await ChartReading.ReadAsync(
                before?.Charts,
                session,
                new ChartSubject(ns, Handler: name),
                span,
                cancellationToken
            ),
        };
        if (!session.May("executions:read", ns))
        {
            return read;
        }

        if (before?.Handler.Name == name && session.Now - before.StatsAt < StatsInterval)
        {
            return read with { StatsAt = before.StatsAt, Own = before.Own, OfMethods = before.OfMethods };
        }

        var handlers = await client.Executions.StatsAsync(StatsGrouping.Handler, Window, null, cancellationToken);
        var methods = await client.Executions.StatsAsync(StatsGrouping.Method, Window, null, cancellationToken);
        return read with
        {
            StatsAt = session.Now,
            Own =
                handlers.Items.FirstOrDefault(row => row.Name == name)
                ?? new ExecutionStatsRow(name, 0, 0, 0, 0, 0, 0, 0),
            OfMethods = methods.Items.ToDictionary(row => row.Name, StringComparer.Ordinal),
        };
    }

    private static async Task<IReadOnlyList<KeyView>> KeysAsync(
        ScheduleZeroClient client,
        string name,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await client.Keys.ListOfHandlerAsync(name, RowsMax, null, cancellationToken)).Items.OrderByDescending(
                key => key.CreatedAt
            ),
        ];
}
