using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Which handlers keep which schedules, to run them while they are out of reach. From the moment that a keeper is gone
/// the Broker serves none of the schedule's instants, and when it is back, it is heard first: each instant is decided
/// in one place.
/// </summary>
internal sealed class Keepers(ScheduleTable schedules, CalendarTable calendars) : ISessionFollower
{
    /// <summary>How far a keeper's clock may be off.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    private readonly Dictionary<(string Namespace, string Handler), HashSet<ScheduleSlot>> _slots = [];
    private readonly Dictionary<(string Namespace, string Handler, string Store), Session> _sessions = [];

    /// <summary>The keeper is away, or has not told yet what it ran meanwhile.</summary>
    public bool Holds(Schedule schedule) =>
        schedule.Keeping is { } keeping
        && _sessions.GetValueOrDefault((schedule.Namespace, keeping.Handler, keeping.Store)) is not { IsSettled: true };

    /// <summary>When a keeper that stays away loses the schedule.</summary>
    public static DateTimeOffset EndOf(Keeping keeping) => keeping.Until + ClockSlack;

    public void Restore(ScheduleSlot slot) => Index(slot, HandlersOf(slot.Schedule));

    /// <summary>Whether this is the session that keeps schedules for its handler's store.</summary>
    public bool Knows(Session session) =>
        session.Offer.Store is not null && _sessions.GetValueOrDefault(KeyOf(session)) == session;

    /// <summary>A handler has come: it is given its copies, and is to tell what it ran.</summary>
    public void Welcomed(Session session, Decision decision)
    {
        if (session.Offer.Store is null)
        {
            return;
        }

        if (_sessions.TryGetValue(KeyOf(session), out var older))
        {
            Left(older, decision); // The copy of the handler that was there before a restart of it.
        }

        _sessions[KeyOf(session)] = session;
        GiveAll(session, decision);
    }

    /// <summary>Its connection is gone.</summary>
    public void Left(Session session, Decision decision)
    {
        session.IsSettled = false;
        session.UnansweredRuns.Clear();
        if (!Knows(session))
        {
            return;
        }

        _sessions.Remove(KeyOf(session));
        foreach (var slot in KeptBy(session))
        {
            slot.AtKeeper = null;
            schedules.Keep(slot, slot.Schedule.Keeping, decision);
        }
    }

    /// <summary>It has told everything: the Broker serves its schedules again.</summary>
    public void Settle(Session session, Decision decision)
    {
        session.IsSettled = true;
        foreach (var slot in KeptBy(session))
        {
            schedules.Keep(slot, Wants(session, slot.Schedule) ? slot.Schedule.Keeping : null, decision);
        }
    }

    /// <summary>Gives it new copies before the old ones are no longer good.</summary>
    public void Heard(Session session, Decision decision)
    {
        if (session.RenewAt <= decision.Now.Wall && Knows(session))
        {
            GiveAll(session, decision);
        }
    }

    /// <summary>A schedule was saved, paused or resumed, or its calendars are others.</summary>
    public void Changed(Schedule? old, ScheduleSlot slot, Decision decision)
    {
        Index(slot, HandlersOf(slot.Schedule));
        var handlers = new[] { old?.Job.Handler, old?.Keeping?.Handler, slot.Schedule.Job.Handler }
            .OfType<string>()
            .Distinct();
        if (
            old is not { Offline: OfflinePolicy.Run }
            && old?.Keeping is null
            && slot.Schedule.Offline != OfflinePolicy.Run
        )
        {
            return;
        }

        foreach (var session in handlers.SelectMany(handler => SessionsOf(slot.Schedule.Namespace, handler)).ToList())
        {
            if (
                session.IsSettled
                && Keeps(session, slot.Schedule)
                && !Wants(session, slot.Schedule)
                && !slot.Schedule.Paused
            )
            {
                schedules.Keep(slot, null, decision);
            }

            Give(session, [slot], decision);
        }
    }

    public void Deleted(ScheduleSlot slot, Decision decision)
    {
        var handlers = slot.KnownTo;
        Index(slot, []);
        foreach (var session in handlers.SelectMany(handler => SessionsOf(slot.Schedule.Namespace, handler)).ToList())
        {
            Give(session, [], decision);
        }
    }

    private void GiveAll(Session session, Decision decision)
    {
        // Copies are made anew when half their time is over: looked for twice as often, none falls far below that.
        session.RenewAt = decision.Now.Wall + (Limits.OfflineTime / 4);
        Give(session, Of(session.Namespace, session.Handler), decision);
    }

    private void Give(Session session, IEnumerable<ScheduleSlot> slots, Decision decision)
    {
        var now = decision.Now.Wall;
        var copies = new List<KeptSchedule>();
        foreach (var slot in slots.Where(slot => MayKeep(session, slot.Schedule, now)).ToList())
        {
            var before = slot.Schedule.Keeping;
            var isOwn = before is not null && Keeps(session, slot.Schedule);
            var keeping =
                isOwn && before!.Until - now > Limits.OfflineTime / 2
                    ? before
                    : new Keeping(
                        session.Handler,
                        session.Offer.Store!,
                        isOwn ? before!.From : now,
                        now + Limits.OfflineTime
                    );
            schedules.Keep(slot, keeping, decision);
            copies.Add(CopyOf(slot.Schedule, keeping));
            if (!isOwn)
            {
                Firing.Publish(
                    "schedule.kept",
                    slot.Schedule,
                    $"by handler {session.Handler}, until {keeping.Until:O}",
                    decision
                );
            }
        }

        var only = Of(session.Namespace, session.Handler)
            .Where(slot => Keeps(session, slot.Schedule) && MayKeep(session, slot.Schedule, now))
            .Select(slot => slot.Schedule.Id.Value);
        decision.Effects.Add(new Effect.SendKeep(session.Connection!.Number, copies, [.. only]));
    }

    private KeptSchedule CopyOf(Schedule schedule, Keeping keeping) =>
        new()
        {
            ScheduleId = schedule.Id.Value,
            Namespace = schedule.Namespace,
            Name = schedule.Name,
            Version = schedule.Version,
            Handler = keeping.Handler,
            Store = keeping.Store,
            Trigger = schedule.Trigger,
            CreatedAt = schedule.CreatedAt,
            StartAt = schedule.StartAt,
            EndAt = schedule.EndAt,
            Overlap = schedule.Overlap,
            Jitter = schedule.Jitter,
            Calendars = schedule.ExcludeCalendars is null
                ? null
                :
                [
                    .. schedule
                        .ExcludeCalendars.Select(name => calendars.Find(schedule.Namespace, name)!)
                        .Select(calendar => new KeptCalendar(
                            calendar.Name,
                            calendar.TimeZone,
                            calendar.Dates,
                            calendar.Ranges,
                            calendar.Weekdays
                        )),
                ],
            Method = schedule.Job.Method,
            Params = schedule.Params,
            Timeout = schedule.Job.Timeout,
            Retry = schedule.Job.Retry,
            Tags = schedule.Job.Tags,
            ValidFrom = keeping.From,
            ValidUntil = keeping.Until,
        };

    private static bool MayKeep(Session session, Schedule schedule, DateTimeOffset now) =>
        Wants(session, schedule)
        && (schedule.Keeping is not { } keeping || Keeps(session, schedule) || EndOf(keeping) <= now);

    private static bool Wants(Session session, Schedule schedule) =>
        schedule is { Offline: OfflinePolicy.Run, Paused: false, Stopped: null }
        && schedule.Job.Handler == session.Handler
        && session.Offer.Methods.ContainsKey(schedule.Job.Method);

    private static bool Keeps(Session session, Schedule schedule) =>
        schedule.Keeping is { } keeping && keeping.Handler == session.Handler && keeping.Store == session.Offer.Store;

    private List<ScheduleSlot> KeptBy(Session session) =>
        [.. Of(session.Namespace, session.Handler).Where(slot => Keeps(session, slot.Schedule))];

    private HashSet<ScheduleSlot> Of(string ns, string handler) => _slots.GetValueOrDefault((ns, handler)) ?? [];

    private IEnumerable<Session> SessionsOf(string ns, string handler) =>
        _sessions
            .Where(entry => entry.Key.Namespace == ns && entry.Key.Handler == handler)
            .Select(entry => entry.Value);

    private static IReadOnlyList<string> HandlersOf(Schedule schedule) =>
        schedule is { Offline: OfflinePolicy.Wait, Keeping: null }
            ? []
            :
            [
                .. new[]
                {
                    schedule.Offline == OfflinePolicy.Run ? schedule.Job.Handler : null,
                    schedule.Keeping?.Handler,
                }
                    .OfType<string>()
                    .Distinct(),
            ];

    private void Index(ScheduleSlot slot, IReadOnlyList<string> handlers)
    {
        var ns = slot.Schedule.Namespace;
        foreach (var gone in slot.KnownTo.Except(handlers))
        {
            if (_slots.TryGetValue((ns, gone), out var left) && left.Remove(slot) && left.Count == 0)
            {
                _slots.Remove((ns, gone));
            }
        }

        foreach (var handler in handlers)
        {
            if (!_slots.TryGetValue((ns, handler), out var slots))
            {
                _slots[(ns, handler)] = slots = [];
            }

            slots.Add(slot);
        }

        slot.KnownTo = handlers;
    }

    private static (string Namespace, string Handler, string Store) KeyOf(Session session) =>
        (session.Namespace, session.Handler, session.Offer.Store!);
}
