using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Explaining;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>The state of Core in the form in which reads see it.</summary>
internal sealed class CoreView(
    JobTable jobs,
    BatchTable batches,
    OpenAttempts attempts,
    SessionTable sessions,
    HandlerTable handlers,
    ScheduleTable schedules,
    OfflineStores stores,
    CalendarTable calendars,
    KeyTable keys,
    NamespaceTable namespaces,
    Dispatcher dispatcher,
    MethodViews methods,
    JobExplainer explainer
) : BrokerState
{
    /// <summary>The moment of the read that is in progress, or of the last one.</summary>
    private Moment _now;

    /// <summary>Answers a read with what it reads of the state.</summary>
    public Answer Read(BrokerInput.Read asked, Moment now)
    {
        _now = now;
        return new Answer.Value(asked.Look(this));
    }

    public override (Job Job, double? Percent, string? Message)? FindJob(string ns, JobId id) =>
        jobs.Find(ns, id) is { } slot ? (slot.Job, attempts.Find(id)?.Percent, attempts.Find(id)?.Message) : null;

    public override JobExplanation? Explain(string ns, JobId id) =>
        jobs.Find(ns, id) is { } slot ? explainer.Explain(slot, _now) : null;

    public override IReadOnlyList<JobId> RunningJobs(string ns) =>
        [
            .. attempts
                .All.Select(attempt => attempt.Slot.Job)
                .Where(job => job.Namespace == ns)
                .Select(job => job.Id)
                .OrderDescending(),
        ];

    public override (int Scheduled, int Ready, int Running) CountJobs(string ns) =>
        namespaces.All.FirstOrDefault(quota => quota.Name == ns) is { } quota
            ? (quota.Waiting - quota.Ready, quota.Ready, quota.Running)
            : default;

    public override JobSnapshot Snapshot() => jobs.Snapshot();

    public override IReadOnlyDictionary<BatchId, BatchState> Batches(string ns, IReadOnlyCollection<BatchId> ids) =>
        ids.Select(id => batches.Find(ns, id))
            .OfType<BatchTable.Slot>()
            .ToDictionary(slot => slot.Batch.Id, BatchTable.StateOf);

    public override ScheduleExplanation? ExplainSchedule(string ns, string name) =>
        schedules.Find(ns, name) is { } slot
            ? ScheduleExplainer.Explain(slot, schedules.IsHeld(slot), jobs, stores, _now.Wall)
            : null;

    public override Schedule? FindSchedule(string ns, string name) => schedules.Find(ns, name)?.Schedule;

    public override IReadOnlyList<Schedule> Schedules(string ns) =>
        [
            .. schedules
                .All.Where(schedule => schedule.Namespace == ns)
                .OrderBy(schedule => schedule.Name, StringComparer.Ordinal),
        ];

    public override CalendarRecord? FindCalendar(string ns, string name) => calendars.Find(ns, name);

    public override IReadOnlyList<CalendarRecord> Calendars(string ns) =>
        [.. calendars.In(ns).OrderBy(calendar => calendar.Name, StringComparer.Ordinal)];

    public override IReadOnlyList<KeyRecord> Keys(string ns) =>
        [.. keys.All.Where(key => key.Namespace == ns).OrderBy(key => key.CreatedAt)];

    public override IReadOnlyList<HandlerView> Handlers(string ns)
    {
        var live = sessions.All.Where(session => session.Namespace == ns).ToLookup(session => session.Handler);
        return
        [
            .. handlers
                .All.Where(handler => handler.Namespace == ns)
                .OrderBy(handler => handler.Name, StringComparer.Ordinal)
                .Select(handler => View(handler, [.. live[handler.Name]])),
        ];
    }

    public override HandlerView? FindHandler(string ns, string name) =>
        handlers.Find(ns, name) is { } handler
            ? View(handler, [.. sessions.All.Where(session => session.Namespace == ns && session.Handler == name)])
            : null;

    public override IReadOnlyList<(long Number, HandlerConnectionView View)>? Connections(string ns, string handler) =>
        handlers.Find(ns, handler) is null
            ? null
            :
            [
                .. sessions
                    .All.Where(session => session.Namespace == ns && session.Handler == handler)
                    .Select(View)
                    .OfType<(long Number, HandlerConnectionView View)>()
                    .Concat(handlers.Connections.Of(ns, handler).Select(View))
                    .OrderByDescending(row => row.Number),
            ];

    public override IReadOnlyList<MethodView> Methods(string ns) => methods.All(ns);

    public override MethodView Method(string ns, string name) => methods.Of(ns, name);

    public override IReadOnlyList<PublishedMethod> Published(string ns, string method) => methods.Published(ns, method);

    public override NamespaceUsage Usage(string ns) =>
        namespaces.All.FirstOrDefault(quota => quota.Name == ns) is { } quota
            ? new NamespaceUsage(
                quota.Waiting,
                quota.Running,
                quota.Schedules,
                quota.Handlers,
                quota.StoredBytesMax is null ? null : quota.StoredBytes
            )
            : new NamespaceUsage(0, 0, 0, 0);

    public override StartLatency? StartLatency(string ns) =>
        namespaces.All.FirstOrDefault(quota => quota.Name == ns)?.Starts.Sum(_now);

    public override BrokerStats Stats() =>
        new()
        {
            Version = "",
            StartedAt = default,
            Scheduled = jobs.Count(JobState.Scheduled),
            Ready = jobs.Count(JobState.Ready),
            Running = jobs.Count(JobState.Running),
            Schedules = schedules.Count,
            HandlersOnline = sessions
                .All.Where(session => session.Connection is not null)
                .Select(session => (session.Namespace, session.Handler))
                .Distinct()
                .Count(),
            Sessions = sessions.Count,
            Bridges = 0,
            Enqueued = jobs.Enqueued,
            Finished = jobs.Finished,
            Commits = 0,
        };

    private static (long Number, HandlerConnectionView View)? View(Session session) =>
        session.Connection is { } connection
            ? (
                connection.Number,
                new HandlerConnectionView
                {
                    SessionId = session.Id,
                    Instance = session.Instance,
                    KeyId = session.Key.Id,
                    Bridge = connection.Bridge,
                    RemoteAddress = connection.RemoteAddress,
                    Transport = connection.WayTransport,
                    ConnectedAt = session.ConnectedAt,
                }
            )
            : null;

    private static (long Number, HandlerConnectionView View) View(EndedConnection ended) =>
        (
            ended.Number,
            new HandlerConnectionView
            {
                SessionId = ended.SessionId,
                Instance = ended.Instance,
                KeyId = ended.KeyId,
                Bridge = ended.Bridge,
                RemoteAddress = ended.RemoteAddress,
                Transport = ended.Transport,
                ConnectedAt = ended.ConnectedAt,
                EndedAt = ended.EndedAt,
                Reason = ended.Reason,
            }
        );

    private HandlerView View(HandlerRecord handler, IReadOnlyList<Session> sessions)
    {
        var limits = namespaces.LimitsOf(handler.Namespace)?.PerHandler?.GetValueOrDefault(handler.Name);
        var gate = dispatcher.FindPool(handler.Namespace)?.Gates.FindHandler(handler.Name);
        return new HandlerView
        {
            Name = handler.Name,
            Online = sessions.Any(session => session.Connection is not null),
            Drained = handler.Drained,
            Methods = handler.Methods,
            Groups = handler.Groups,
            LastSeenAt = sessions.Select(session => session.LastSeenAt).Append(handler.LastSeenAt).Max(),
            Limits = limits,
            Begun = limits?.Rate is null ? null : gate?.Window?.Taken ?? 0,
            Sessions = [.. sessions.Select(ViewOf)],
        };
    }

    private static SessionView ViewOf(Session session) =>
        new()
        {
            SessionId = session.Id,
            Instance = session.Instance,
            State = session.State.ToString().ToLowerInvariant(),
            Capacity = session.Offer.Capacity,
            Running = session.Offer.Running.Count,
            Bridge = session.Connection?.Bridge,
            RemoteAddress = session.Connection?.RemoteAddress,
            Transport = session.Connection?.WayTransport,
            Proxy = session.Way?.Proxy,
            Via = session.Connection?.Via,
            RoundTripMs = session.RoundTrip?.TotalMilliseconds,
            KeepAliveSeconds = session.Way?.KeepAliveSeconds,
            SilenceSeconds = session.Way?.SilenceSeconds,
            Agent = session.Agent,
            Sealed = session.IsSealed,
            Labels = session.Labels,
            ConnectedAt = session.ConnectedAt,
            LastSeenAt = session.LastSeenAt,
            KeyId = session.Key.Id,
        };
}
