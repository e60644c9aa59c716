using System.Collections.Immutable;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Live;

namespace ScheduleZero.Dashboard.Pages.Home;

/// <summary>
/// What the first page of a namespace shows, as read at one time. What the user's roles do not open is null.
/// </summary>
public sealed record HomeReading
{
    /// <summary>How many rows of each kind are read at most. The page says when there are more.</summary>
    public const int RowsMax = 500;

    private const int JobsMax = 100;

    /// <summary>How few jobs a namespace has that is still being set up.</summary>
    private const int FewJobs = 10;
    private const int AskedSchedulesMax = 10;
    private const int OccurrencesMax = 20;

    /// <summary>How far back the page looks for what went wrong.</summary>
    private static readonly TimeSpan LookBack = TimeSpan.FromHours(24);

    public required DateTimeOffset Now { get; init; }

    public NamespaceUsage? Usage { get; init; }

    /// <summary>How long the newest attempts waited for a handler; null when none began within an hour.</summary>
    public StartLatency? StartLatency { get; init; }

    /// <summary>How long the audit log is, and how much of it is signed.</summary>
    public AuditChainView? Chain { get; init; }

    /// <summary>Whether the namespace has any job, finished or not; true where the user may not know.</summary>
    public bool HasJobs { get; init; } = true;

    /// <summary>Whether the namespace has only few jobs; false where the user may not know.</summary>
    public bool HasFewJobs { get; init; }

    /// <summary>
    /// Whether the namespace is being set up: it lacks a handler or a job, or lacks a schedule and has few jobs.
    /// </summary>
    public bool IsNew => Handlers is { Count: 0 } || !HasJobs || (Schedules is { Count: 0 } && HasFewJobs);

    /// <summary>
    /// Jobs that failed for good within a day, newest first, 100 at most; without those whose replay succeeded or goes
    /// on.
    /// </summary>
    public IReadOnlyList<JobView>? Failed { get; init; }

    /// <summary>Jobs that could run now, 100 at most.</summary>
    public IReadOnlyList<JobView>? Ready { get; init; }

    public IReadOnlyList<HandlerView>? Handlers { get; init; }

    /// <summary>The pauses of methods, by the method's name.</summary>
    public IReadOnlyDictionary<string, PauseView> Paused { get; init; } = ImmutableDictionary<string, PauseView>.Empty;

    public IReadOnlyList<ScheduleView>? Schedules { get; init; }

    /// <summary>The newest occurrence of each schedule that was missed within a day, by the schedule's name.</summary>
    public IReadOnlyDictionary<string, OccurrenceView> Missed { get; init; } =
        new Dictionary<string, OccurrenceView>(StringComparer.Ordinal);

    public IReadOnlyList<LinkView>? Links { get; init; }

    public BrokerStats? Stats { get; init; }

    public IReadOnlyList<KeyView>? Keys { get; init; }

    /// <summary>The channels of alerts whose newest notice was not taken.</summary>
    public IReadOnlyList<AlertChannelView>? FailingChannels { get; init; }

    /// <summary>Reads everything that is open to the user.</summary>
    internal static async Task<HomeReading> ReadAsync(
        PageSession session,
        string ns,
        CancellationToken cancellationToken
    )
    {
        var client = session.Client(ns);
        var readsJobs = session.May("jobs:read", ns);
        var schedules = session.May("schedules:read", ns) ? await SchedulesAsync(client, cancellationToken) : null;
        int? firstJobs = readsJobs
            ? (await client.Jobs.ListAsync(new JobFilter { Limit = FewJobs }, null, cancellationToken)).Items.Count
            : null;
        var view = session.May("namespaces:read", ns) ? await client.Namespaces.GetAsync(ns, cancellationToken) : null;
        return new HomeReading
        {
            Now = session.Now,
            Usage = view?.Usage,
            StartLatency = view?.StartLatency,
            Chain = session.MayEverywhere("audit:read") ? await client.Audit.ChainAsync(cancellationToken) : null,
            Failed = readsJobs ? await FailedAsync(client, session.Now - LookBack, cancellationToken) : null,
            HasJobs = firstJobs is null or > 0,
            HasFewJobs = firstJobs < FewJobs,
            Ready = readsJobs ? await JobsAsync(client, JobState.Ready, cancellationToken) : null,
            Handlers = session.May("handlers:read", ns)
                ? (await client.Handlers.ListAsync(RowsMax, null, cancellationToken)).Items
                : null,
            Paused = session.May("handlers:read", ns)
                ? await PausedAsync(client, cancellationToken)
                : ImmutableDictionary<string, PauseView>.Empty,
            Schedules = schedules,
            Missed = await MissedAsync(client, schedules ?? [], session.Now - LookBack, cancellationToken),
            Links = session.MayEverywhere("links:read")
                ? (await client.Links.ListAsync(RowsMax, null, cancellationToken)).Items
                : null,
            Stats = session.MayEverywhere("stats:read") ? await client.StatsAsync(cancellationToken) : null,
            Keys = session.May("keys:manage", ns)
                ? (await client.Keys.ListAsync(RowsMax, null, cancellationToken)).Items
                : null,
            FailingChannels = session.May("alerts:read", ns)
                ? await FailingChannelsAsync(client, cancellationToken)
                : null,
        };
    }

    /// <summary>
    /// The reading without what only <see cref="Attention.Find"/> needs: an open page should not hold hundreds of jobs
    /// that it does not show.
    /// </summary>
    internal HomeReading WithoutWhatIsFound() =>
        this with
        {
            Failed = null,
            Ready = null,
            Keys = null,
            FailingChannels = null,
            Paused = ImmutableDictionary<string, PauseView>.Empty,
            Missed = ImmutableDictionary<string, OccurrenceView>.Empty,
        };

    private static async Task<IReadOnlyList<ScheduleView>> SchedulesAsync(
        ScheduleZeroClient client,
        CancellationToken cancellationToken
    ) =>
        (
            await client.Schedules.ListAsync(
                new ScheduleFilter { Order = ScheduleOrder.Next, Limit = RowsMax },
                null,
                cancellationToken
            )
        ).Items;

    private static async Task<IReadOnlyDictionary<string, PauseView>> PausedAsync(
        ScheduleZeroClient client,
        CancellationToken cancellationToken
    ) =>
        (await client.Methods.ListAsync(limit: RowsMax, cancellationToken: cancellationToken))
            .Items.Where(method => method.Pause is not null)
            .ToImmutableDictionary(method => method.Name, method => method.Pause!, StringComparer.Ordinal);

    private static async Task<IReadOnlyList<AlertChannelView>> FailingChannelsAsync(
        ScheduleZeroClient client,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await client.Alerts.ListChannelsAsync(RowsMax, null, cancellationToken)).Items.Where(channel =>
                channel is { Enabled: true, Problem: not null }
            ),
        ];

    private static async Task<IReadOnlyList<JobView>> FailedAsync(
        ScheduleZeroClient client,
        DateTimeOffset since,
        CancellationToken cancellationToken
    )
    {
        JobView[] failed =
        [
            .. (await JobsAsync(client, JobState.Failed, cancellationToken)).Where(job => job.FinishedAt >= since),
        ];
        if (failed.Length == 0)
        {
            return failed;
        }

        // What failed since then was replayed since then, too.
        var replays = new JobFilter
        {
            Replays = true,
            From = since,
            Limit = RowsMax,
        };
        return Replayed.Without(failed, (await client.Jobs.ListAsync(replays, null, cancellationToken)).Items);
    }

    private static async Task<IReadOnlyList<JobView>> JobsAsync(
        ScheduleZeroClient client,
        JobState state,
        CancellationToken cancellationToken
    ) => (await client.Jobs.ListAsync(new JobFilter { State = state, Limit = JobsMax }, null, cancellationToken)).Items;

    // Only schedules that ever missed an instant are asked for their newest one, and few of them.
    private static async Task<Dictionary<string, OccurrenceView>> MissedAsync(
        ScheduleZeroClient client,
        IReadOnlyList<ScheduleView> schedules,
        DateTimeOffset since,
        CancellationToken cancellationToken
    )
    {
        var missed = new Dictionary<string, OccurrenceView>(StringComparer.Ordinal);
        foreach (var schedule in schedules.Where(schedule => schedule.Missed > 0).Take(AskedSchedulesMax))
        {
            var page = await client.Schedules.OccurrencesAsync(schedule.Name, OccurrencesMax, null, cancellationToken);
            if (
                page.Items.FirstOrDefault(occurrence => occurrence.Missed is not null) is { } newest
                && (newest.To ?? newest.Nominal) >= since
            )
            {
                missed[schedule.Name] = newest;
            }
        }

        return missed;
    }
}
