using System.Collections.Concurrent;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The state of the fake Broker, for requests that read it.</summary>
internal sealed class FakeState : BrokerState
{
    public ConcurrentDictionary<BatchId, Batch> BatchesById { get; } = new();

    public override IReadOnlyDictionary<BatchId, BatchState> Batches(string ns, IReadOnlyCollection<BatchId> ids) =>
        ids.Where(id => BatchesById.TryGetValue(id, out var batch) && batch.Namespace == ns && batch.FinishedAt is null)
            .ToDictionary(id => id, id => new BatchState(BatchesById[id], Ready: BatchesById[id].Total));

    public ConcurrentDictionary<JobId, StoredJob> Stored { get; } = new();

    public Dictionary<(string Ns, string Name), Schedule> ByName { get; } = [];

    public Dictionary<string, KeyRecord> KeysById { get; } = [];

    public Dictionary<JobId, (double Percent, string Message)> Progress { get; } = [];

    public override JobExplanation? Explain(string ns, JobId id) =>
        FindJob(ns, id) is { Job: var job }
            ? new JobExplanation(
                id,
                job.State,
                GateCode.NoHandler,
                [new GateView(GateCode.NoHandler, false, "Nobody offers it.", "Somebody does.", job.RunAt)]
            )
            : null;

    public override (Job Job, double? Percent, string? Message)? FindJob(string ns, JobId id) =>
        Stored.TryGetValue(id, out var stored) && stored.Job.Namespace == ns && !stored.Job.IsFinished
            ? Progress.TryGetValue(id, out var progress)
                ? (stored.Job, progress.Percent, progress.Message)
                : (stored.Job, null, null)
            : null;

    public override IReadOnlyList<JobId> RunningJobs(string ns) =>
        [
            .. Stored
                .Values.Where(stored => stored.Job.Namespace == ns && stored.Job.State == JobState.Running)
                .Select(stored => stored.Job.Id)
                .OrderDescending(),
        ];

    public override (int Scheduled, int Ready, int Running) CountJobs(string ns)
    {
        var states = Stored.Values.Where(stored => stored.Job.Namespace == ns).Select(stored => stored.Job.State);
        return (Of(JobState.Scheduled), Of(JobState.Ready), Of(JobState.Running));

        int Of(JobState asked) => states.Count(state => state == asked);
    }

    public override JobSnapshot Snapshot()
    {
        var ids = Stored.Values.Where(stored => !stored.Job.IsFinished).Select(stored => stored.Job.Id).ToList();
        return new JobSnapshot(ids.Count, place => Stored[ids[place]].Job);
    }

    public override ScheduleExplanation? ExplainSchedule(string ns, string name) =>
        FindSchedule(ns, name) is { } schedule
            ? new ScheduleExplanation(
                name,
                ScheduleGateCode.Paused,
                [new ScheduleGateView(ScheduleGateCode.Paused, false, "It is paused.", "It is resumed.")],
                schedule.NextNominal
            )
            : null;

    public override Schedule? FindSchedule(string ns, string name) => ByName.GetValueOrDefault((ns, name));

    public override IReadOnlyList<Schedule> Schedules(string ns) =>
        [.. ByName.Values.Where(schedule => schedule.Namespace == ns)];

    public Dictionary<(string Ns, string Name), CalendarRecord> CalendarsByName { get; } = [];

    public override CalendarRecord? FindCalendar(string ns, string name) =>
        CalendarsByName.GetValueOrDefault((ns, name));

    public override IReadOnlyList<CalendarRecord> Calendars(string ns) =>
        [.. CalendarsByName.Values.Where(calendar => calendar.Namespace == ns)];

    public override IReadOnlyList<KeyRecord> Keys(string ns) => [.. KeysById.Values.Where(key => key.Namespace == ns)];

    public IReadOnlyList<HandlerView> HandlerViews { get; set; } =
    [
        .. new[] { "office-7", "office-8" }.Select(name => new HandlerView
        {
            Name = name,
            Online = true,
            Drained = false,
            Methods = ["reports.render"],
            Groups = [],
            Sessions = [],
        }),
    ];

    public override HandlerView? FindHandler(string ns, string name) =>
        Handlers(ns).FirstOrDefault(handler => handler.Name == name);

    public override IReadOnlyList<HandlerView> Handlers(string ns) => ns == Names.DefaultNamespace ? HandlerViews : [];

    public IReadOnlyList<(long Number, HandlerConnectionView View)> ConnectionViews { get; set; } = [];

    public override IReadOnlyList<(long Number, HandlerConnectionView View)>? Connections(string ns, string handler) =>
        FindHandler(ns, handler) is null ? null : ConnectionViews;

    public IReadOnlyList<MethodView> MethodViews { get; set; } =
    [new MethodView("reports.render", "Renders", default, ["office-7"])];

    public override IReadOnlyList<MethodView> Methods(string ns) => MethodViews;

    public override MethodView Method(string ns, string name) =>
        MethodViews.FirstOrDefault(method => method.Name == name) ?? new MethodView(name, null, default, []);

    public IReadOnlyList<PublishedMethod> PublishedMethods { get; set; } = [];

    public override IReadOnlyList<PublishedMethod> Published(string ns, string method) => PublishedMethods;

    public override NamespaceUsage Usage(string ns) => new(1, 2, 3, 4);

    public StartLatency? Latency { get; set; }

    public override StartLatency? StartLatency(string ns) => Latency;

    public override BrokerStats Stats() =>
        new()
        {
            Version = "",
            StartedAt = default,
            Scheduled = 1,
            Ready = 2,
            Running = 3,
            Schedules = ByName.Count,
            HandlersOnline = 2,
            Sessions = 2,
            Bridges = 0,
            Enqueued = 6,
            Finished = 0,
            Commits = 0,
        };
}
