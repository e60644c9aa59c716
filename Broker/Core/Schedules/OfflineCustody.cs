using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Gives handlers custody of schedules: signed copies, which the handlers run while they are out of reach. While such a
/// handler is away, the Broker serves none of the schedule's instants; when the handler is back, the Broker waits for
/// its report. So each instant is served in one place.
/// </summary>
internal sealed class OfflineCustody(OfflineStores stores, ScheduleSlots slots, CalendarTable calendars)
    : ISessionFollower
{
    /// <summary>
    /// Gives a handler that has connected its copies. The handler is to report what it ran while it was away.
    /// </summary>
    public void Welcomed(Session session, Decision decision)
    {
        if (session.Offer.Store is null)
        {
            return;
        }

        if (stores.ConnectedInPlaceOf(session) is { } older)
        {
            Left(older, decision); // The older session is that of the instance before a restart of the handler.
        }

        stores.Connect(session);
        GiveAll(session, decision);
    }

    /// <summary>Holds the schedules of a handler that has lost its connection.</summary>
    public void Left(Session session, Decision decision)
    {
        session.IsSettled = false;
        session.UnansweredRuns.Clear();
        if (!stores.IsConnected(session))
        {
            return;
        }

        stores.Disconnect(session);
        foreach (var slot in InCustodyOf(session))
        {
            slot.RunningOffline = null;
            slots.Arm(slot); // The schedule is held from now on.
        }
    }

    /// <summary>Serves the schedules of a handler again, which has reported everything that it ran.</summary>
    public void Settle(Session session, Decision decision)
    {
        session.IsSettled = true;
        foreach (var slot in InCustodyOf(session))
        {
            slots.PutKeeping(slot, Wants(session, slot.Schedule) ? slot.Schedule.Keeping : null, decision);
        }
    }

    /// <summary>Gives a handler new copies before the old copies expire.</summary>
    public void Heard(Session session, Decision decision)
    {
        if (session.RenewAt <= decision.Now.Wall && stores.IsConnected(session))
        {
            GiveAll(session, decision);
        }
    }

    /// <summary>
    /// Gives the handlers concerned new copies of a schedule that was saved, paused or resumed, or whose calendars have
    /// changed.
    /// </summary>
    /// <param name="old">The schedule before the change; null for a new one.</param>
    public void Changed(Schedule? old, ScheduleSlot slot, Decision decision)
    {
        stores.Track(slot);
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

        foreach (var session in SessionsOf(slot.Schedule.Namespace, handlers))
        {
            if (
                session.IsSettled
                && HasCustody(session, slot.Schedule)
                && !Wants(session, slot.Schedule)
                && !slot.Schedule.Paused
            )
            {
                slots.PutKeeping(slot, null, decision);
            }

            Give(session, [slot], decision);
        }
    }

    /// <summary>Takes the copies of a deleted schedule from the handlers that have one.</summary>
    public void Deleted(ScheduleSlot slot, Decision decision)
    {
        var handlers = slot.OfflineHandlers;
        stores.Forget(slot);
        foreach (var session in SessionsOf(slot.Schedule.Namespace, handlers))
        {
            Give(session, [], decision);
        }
    }

    private void GiveAll(Session session, Decision decision)
    {
        // A copy is made anew when half its time is over. This is checked twice as often, so that no copy falls far
        // below half its time.
        session.RenewAt = decision.Now.Wall + (Limits.OfflineTime / 4);
        Give(session, stores.SlotsOf(session.Namespace, session.Handler), decision);
    }

    private void Give(Session session, IEnumerable<ScheduleSlot> offered, Decision decision)
    {
        var now = decision.Now.Wall;
        var copies = new List<KeptSchedule>();
        foreach (var slot in offered.Where(slot => MayHaveCustody(session, slot.Schedule, now)).ToList())
        {
            var before = slot.Schedule.Keeping;
            var isOwn = HasCustody(session, slot.Schedule);
            var keeping =
                isOwn && before!.Until - now > Limits.OfflineTime / 2
                    ? before
                    : new Keeping(
                        session.Handler,
                        session.Offer.Store!,
                        isOwn ? before!.From : now,
                        now + Limits.OfflineTime
                    );
            slots.PutKeeping(slot, keeping, decision);
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

        var only = stores
            .SlotsOf(session.Namespace, session.Handler)
            .Where(slot => HasCustody(session, slot.Schedule) && MayHaveCustody(session, slot.Schedule, now))
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

    private static bool MayHaveCustody(Session session, Schedule schedule, DateTimeOffset now) =>
        Wants(session, schedule)
        && (
            schedule.Keeping is not { } keeping || HasCustody(session, schedule) || OfflineStores.EndOf(keeping) <= now
        );

    private static bool Wants(Session session, Schedule schedule) =>
        schedule is { Offline: OfflinePolicy.Run, Paused: false, Stopped: null }
        && schedule.Job.Handler == session.Handler
        && session.Offer.Methods.ContainsKey(schedule.Job.Method);

    private static bool HasCustody(Session session, Schedule schedule) =>
        schedule.Keeping is { } keeping && keeping.Handler == session.Handler && keeping.Store == session.Offer.Store;

    private List<ScheduleSlot> InCustodyOf(Session session) =>
        [.. stores.SlotsOf(session.Namespace, session.Handler).Where(slot => HasCustody(session, slot.Schedule))];

    private List<Session> SessionsOf(string ns, IEnumerable<string> handlers) =>
        [.. handlers.SelectMany(handler => stores.SessionsOf(ns, handler))];
}
