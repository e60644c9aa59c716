using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Holds every schedule and serves the nominal instants of each: an instant makes exactly one job, or a row that says
/// why it made none.
/// </summary>
internal sealed partial class ScheduleTable(
    NamespaceTable namespaces,
    JobTable jobs,
    CalendarTable calendars,
    ScheduleSlots slots,
    OfflineStores stores,
    OfflineCustody custody,
    Firing firing,
    Backfilling backfilling,
    EndedOccurrences ended
)
{
    /// <summary>
    /// How many jobs one schedule makes in one turn at most. A schedule that has more to make goes on in the next turn,
    /// so that others come between.
    /// </summary>
    private const int ServedAtOnceMax = 256;

    /// <summary>
    /// The schedules that came due while the disk was nearly full. They are served again when the disk has room; the
    /// misfire policy then decides about the instants that have passed meanwhile.
    /// </summary>
    private readonly HashSet<ScheduleSlot> _held = [];

    private readonly ScheduleInterner _interner = new();

    /// <summary>
    /// The schedules that were found standing still at the start of the Broker. A start has no decision in which this
    /// could be published, so the first turn publishes it.
    /// </summary>
    private readonly List<ScheduleSlot> _toAnnounce = [];

    public int Count => slots.Count;

    public IEnumerable<Schedule> All => slots.All.Select(slot => slot.Schedule);

    public ScheduleSlot? Find(string ns, string name) => slots.Find(ns, name);

    /// <summary>Restores a stored schedule at a start of the Broker.</summary>
    /// <returns>False, and nothing is restored, when another schedule has the name.</returns>
    public bool Restore(Schedule schedule, DateTimeOffset now)
    {
        if (slots.Find(schedule.Namespace, schedule.Name) is not null)
        {
            return false;
        }

        var clock = TriggerClock.TryCreate(schedule.Trigger, schedule.CreatedAt, out var problem);
        if (clock is not null)
        {
            schedule = _interner.Intern(schedule, ref clock, slots.Count);
        }

        var slot = new ScheduleSlot(schedule, clock ?? TriggerClock.Never)
        {
            TriggerProblem = clock is null ? $"trigger.{problem.Field}: {problem.Reason}" : null,
            Exclusions = calendars.Of(schedule.Namespace, schedule.ExcludeCalendars),
            // The clock of a handler that has custody of the schedule may be ahead of ours, within the slack.
            IsSetBack =
                ClockSetBack.MarkOf(schedule)
                > now
                    + (
                        schedule.Offline == OfflinePolicy.Run || schedule.Keeping is not null
                            ? OfflineStores.ClockSlack
                            : TimeSpan.Zero
                    ),
        };
        if (schedule.LastNominal is { } last)
        {
            slot.LastJob = OccurrenceId.Of(schedule.Id, last);
        }

        slot.Schedule = Replan(slot, UpdateStandstill(slot, schedule), now);
        if (slot.Schedule.Stopped is not null)
        {
            _toAnnounce.Add(slot);
        }

        slots.Add(slot);
        namespaces.Of(schedule.Namespace).Schedules++;
        stores.Track(slot);
        slots.Arm(slot);
        return true;
    }

    public void Delete(ScheduleSlot slot, Decision decision)
    {
        slots.Remove(slot);
        _held.Remove(slot);
        namespaces.Of(slot.Schedule.Namespace).Schedules--;
        custody.Deleted(slot, decision);
        decision.Changes.Add(new Change.ScheduleDeleted(slot.Schedule.Id));
        Firing.Publish("schedule.deleted", slot.Schedule, null, decision);
    }

    public void Pause(ScheduleSlot slot, string? note, DateTimeOffset? resumeAt, Decision decision)
    {
        slots.Put(slot, slot.Schedule with { Paused = true, PauseNote = note, ResumeAt = resumeAt }, decision);
        Firing.Publish("schedule.paused", slot.Schedule, note, decision);
        custody.Changed(slot.Schedule, slot, decision);
    }

    /// <summary>
    /// Lets a paused schedule go on. The instants of the pause are made up for only as far as the misfire policy asks.
    /// </summary>
    public void Resume(ScheduleSlot slot, Decision decision)
    {
        if (!slot.Schedule.Paused)
        {
            return;
        }

        var resumed = RewindIfSetBack(slot, slot.Schedule, decision) with
        {
            Paused = false,
            PauseNote = null,
            ResumeAt = null,
        };
        if (resumed.Misfire == MisfirePolicy.None && resumed.Due < decision.Now.Wall)
        {
            resumed = Plan(slot, resumed, decision.Now.Wall);
        }

        slots.Put(slot, resumed, decision);
        Firing.Publish("schedule.resumed", resumed, null, decision);
        custody.Changed(slot.Schedule, slot, decision);
    }

    /// <summary>
    /// Makes one job of the schedule now, because somebody asked for it; the trigger goes on as before.
    /// </summary>
    /// <param name="parameters">The params of the job; null for those of the schedule.</param>
    public Job Trigger(ScheduleSlot slot, JobId id, string by, RawJson? parameters, Decision decision)
    {
        var schedule = slot.Schedule;
        var occurrence = new Occurrence(
            schedule.Id,
            schedule.Name,
            schedule.Version,
            decision.Now.Wall,
            OccurrenceOrigin.Triggered
        );
        return jobs.Enqueue(
            new NewJob(id, schedule.Namespace, schedule.Job, parameters ?? schedule.Params, null, by),
            occurrence,
            decision
        ).Job!;
    }

    /// <summary>Begins a backfill: the jobs that a range of the past does not have are made.</summary>
    public void Backfill(ScheduleSlot slot, BrokerInput.BackfillSchedule asked, Decision decision)
    {
        slot.Portion = null;
        slot.Doubt = null;
        slots.Put(slot, Backfilling.Begin(slot.Schedule, asked, decision.Now.Wall), decision);
        Firing.Publish(
            "schedule.backfillStarted",
            slot.Schedule,
            $"{asked.From:O} to {asked.To:O}: {asked.Total} instants",
            decision
        );
    }

    public void CancelBackfill(ScheduleSlot slot, string by, Decision decision)
    {
        slot.Portion = null;
        slots.Put(slot, Backfilling.Cancel(slot.Schedule, by, decision), decision);
    }

    /// <summary>
    /// Holds a schedule that came due while nothing new may be written. Its timer is not armed again before
    /// <see cref="Release"/>.
    /// </summary>
    public void Hold(ScheduleSlot slot) => _held.Add(slot);

    public bool IsHeld(ScheduleSlot slot) => _held.Contains(slot);

    /// <summary>Sets the timers of the held schedules again, because the disk has room.</summary>
    public void Release()
    {
        foreach (var slot in _held)
        {
            slots.Arm(slot);
        }

        _held.Clear();
    }

    /// <summary>The names of the schedules that exclude the days of a calendar.</summary>
    public IReadOnlyList<string> Naming(string ns, string calendar) =>
        [.. SlotsNaming(ns, calendar).Select(slot => slot.Schedule.Name)];

    /// <summary>
    /// Lets the schedules that name a calendar go by its new days. An instant that is due goes by them at once; the
    /// next instants are planned anew a few schedules at a time, so that others come between.
    /// </summary>
    public void CalendarChanged(string ns, string calendar, Decision decision)
    {
        foreach (var slot in SlotsNaming(ns, calendar))
        {
            var before = slot.Schedule;
            slot.Exclusions = calendars.Of(ns, before.ExcludeCalendars);
            slot.IsStale = true;
            slot.MissedRange = null; // The saved row has instants by the old days; those by the new begin a row.
            slot.Schedule = UpdateStandstill(slot, before);
            PublishStandstillChange(before, slot.Schedule, decision);
            slots.Arm(slot);
            custody.Changed(slot.Schedule, slot, decision);
        }
    }

    private IEnumerable<ScheduleSlot> SlotsNaming(string ns, string calendar) =>
        slots.All.Where(slot =>
            slot.Schedule.Namespace == ns
            && slot.Schedule.ExcludeCalendars?.Contains(calendar, StringComparer.Ordinal) == true
        );
}
