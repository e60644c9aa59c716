using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Every schedule, and the service of its nominal instants: each makes exactly one job, or a row that says why not.
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
    /// Jobs that one schedule makes in one go; one that has more to make goes on in the next step, so that others come
    /// between.
    /// </summary>
    private const int ServedAtOnceMax = 256;

    /// <summary>
    /// Schedules whose time has come while the disk was nearly full. They are looked at again when it has room: what
    /// they missed meanwhile, the misfire policy says.
    /// </summary>
    private readonly HashSet<ScheduleSlot> _held = [];

    private readonly ScheduleInterner _interner = new();

    // Found standing still by a start, which has no decision to publish that in.
    private readonly List<ScheduleSlot> _toAnnounce = [];

    public int Count => slots.Count;

    public IEnumerable<Schedule> All => slots.All.Select(slot => slot.Schedule);

    public ScheduleSlot? Find(string ns, string name) => slots.Find(ns, name);

    /// <summary>False, and nothing is taken, where another schedule has the name.</summary>
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
            // The clock of a handler that keeps the schedule may be ahead of ours as far as we let it.
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

        slot.Schedule = Replanned(slot, Judged(slot, schedule), now);
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

    /// <summary>Whether the namespace may hold so many schedules more.</summary>
    public bool HasRoom(string ns, int more) =>
        more <= 0
        || namespaces.Of(ns) is not { Limits.Schedules: { } max, Schedules: var count }
        || count + more <= max;

    /// <summary>Makes a schedule, or the next version of one.</summary>
    public Schedule Save(Schedule draft, TriggerClock clock, Decision decision)
    {
        var now = decision.Now.Wall;
        var slot = Find(draft.Namespace, draft.Name);
        if (slot is { IsSetBack: true })
        {
            slot.Schedule = Rewound(slot, slot.Schedule, decision);
        }

        if (slot is { Schedule: { Paused: false, Due: { } due } } && due <= now && !stores.Holds(slot.Schedule))
        {
            if (slot.Schedule.Stopped is null)
            {
                Tick(slot, decision); // Its time came before the edit did.
            }

            GiveUp(slot, decision);
        }

        var old = slot?.Schedule;
        var schedule = _interner.Intern(draft, ref clock, slots.Count) with
        {
            Id = old?.Id ?? draft.Id,
            Version = (old?.Version ?? 0) + 1,
            CreatedAt = old?.CreatedAt ?? now,
            CreatedBy = old?.CreatedBy ?? draft.CreatedBy,
            GivenTo = draft.GivenTo ?? old?.GivenTo,
            ChangedAt = now,
            LastNominal = old?.LastNominal,
            Passed = old?.Passed,
            ServedAhead = old?.ServedAhead,
            Queued = old?.Queued,
            CoveredUntil = old?.CoveredUntil ?? default,
            Backfill = old?.Backfill,
            BackfilledUntil = old?.BackfilledUntil ?? default,
            Keeping = old?.Keeping,
            Occurrences = old?.Occurrences ?? 0,
            Missed = old?.Missed ?? 0,
        };
        if (slot is null)
        {
            slot = new ScheduleSlot(schedule, clock);
            namespaces.Of(schedule.Namespace).Schedules++;
        }

        slot.Clock = clock;
        slot.TriggerProblem = null;
        slot.Exclusions = calendars.Of(schedule.Namespace, schedule.ExcludeCalendars);
        slot.IsStale = false;
        slot.Doubt = null;
        slot.Portion = null; // Under way it goes on, with the instants of the new trigger.
        slots.Add(slot);

        // An edit starts counting from now: what the old trigger would have done, and the past of the new one, are not
        // made up for.
        var from = old is null && schedule.Trigger.Kind == TriggerKinds.Once ? DateTimeOffset.MinValue : now;
        slots.Put(slot, Plan(slot, Judged(slot, schedule), from), decision);
        decision.Changes.Add(new Change.ScheduleVersioned(slot.Schedule));
        Firing.Publish("schedule.saved", schedule, null, decision);
        TellIfMoved(old, slot.Schedule, decision);
        custody.Changed(old, slot, decision);
        return slot.Schedule;
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

    /// <summary>Nothing accrued while it was paused, unless the misfire policy asks for it.</summary>
    public void Resume(ScheduleSlot slot, Decision decision)
    {
        if (!slot.Schedule.Paused)
        {
            return;
        }

        var resumed = Rewound(slot, slot.Schedule, decision) with { Paused = false, PauseNote = null, ResumeAt = null };
        if (resumed.Misfire == MisfirePolicy.None && resumed.Due < decision.Now.Wall)
        {
            resumed = Plan(slot, resumed, decision.Now.Wall);
        }

        slots.Put(slot, resumed, decision);
        Firing.Publish("schedule.resumed", resumed, null, decision);
        custody.Changed(slot.Schedule, slot, decision);
    }

    /// <summary>Makes one job now, beside the trigger.</summary>
    public Job Trigger(ScheduleSlot slot, JobId id, string by, Decision decision)
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
            new NewJob(id, schedule.Namespace, schedule.Job, schedule.Params, null, by),
            occurrence,
            decision
        ).Job!;
    }

    /// <summary>Begins to make the jobs that a range of the past does not have.</summary>
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

    public void Take(BrokerInput.OccurrencesLookedUp found)
    {
        if (
            Find(found.Namespace, found.Name) is { } slot
            && (Backfilling.TryTake(slot, found) || ClockSetBack.TryTake(slot, found))
        )
        {
            slots.Arm(slot);
        }
    }

    /// <summary>The slot's timer: the end of a pause, or instants that are due.</summary>
    public void Tick(ScheduleSlot slot, Decision decision)
    {
        if (slot.Schedule.Paused)
        {
            Resume(slot, decision);
            return;
        }

        var schedule = Rewound(slot, slot.Schedule, decision);
        if (schedule.Queued is not null && !firing.IsHeldUp(slot))
        {
            slot.Doubt = null; // It gets its job now.
            schedule = firing.MakeQueued(slot, schedule, decision);
        }

        if (schedule.Stopped is not null)
        {
            slots.PutIfChanged(slot, schedule, decision);
            return;
        }

        if (stores.Holds(schedule))
        {
            schedule =
                OfflineStores.EndOf(schedule.Keeping!) <= decision.Now.Wall
                    ? TakeBack(slot, schedule, decision)
                    : schedule;
        }

        var isAsking = false;
        for (
            var (changes, max) = (decision.Changes.Count, decision.Changes.Count + (2 * ServedAtOnceMax));
            changes < max
                && decision.InstantsPassed < Decision.InstantsPassedMax
                && !isAsking
                && !stores.Holds(schedule)
                && schedule.Due is { } nominal
                && nominal <= decision.Now.Wall;
            changes = decision.Changes.Count, decision.InstantsPassed++
        )
        {
            (schedule, isAsking) = ServeUnlessDoubtful(slot, schedule, nominal, decision);
        }

        if (slot.IsStale && !(schedule.Due <= decision.Now.Wall))
        {
            slot.IsStale = false;
            schedule = Plan(slot, schedule, decision.Now.Wall);
        }

        MissedRun.Tell(slot, decision);
        slots.PutIfChanged(slot, backfilling.GoOn(slot, schedule, decision), decision);
    }

    /// <summary>
    /// Holds a schedule whose time has come while nothing new may be written. The timer is not armed again before
    /// <see cref="Release"/>.
    /// </summary>
    public void Hold(ScheduleSlot slot) => _held.Add(slot);

    public bool IsHeld(ScheduleSlot slot) => _held.Contains(slot);

    /// <summary>The disk has room again.</summary>
    public void Release()
    {
        foreach (var slot in _held)
        {
            slots.Arm(slot);
        }

        _held.Clear();
    }

    /// <summary>Names of the schedules that name a calendar.</summary>
    public IReadOnlyList<string> Naming(string ns, string calendar) =>
        [.. SlotsNaming(ns, calendar).Select(slot => slot.Schedule.Name)];

    /// <summary>
    /// What is due is judged by the calendar as it is now; the next instants follow a few at a time, so that others
    /// come between.
    /// </summary>
    public void CalendarChanged(string ns, string calendar, Decision decision)
    {
        foreach (var slot in SlotsNaming(ns, calendar))
        {
            var before = slot.Schedule;
            slot.Exclusions = calendars.Of(ns, before.ExcludeCalendars);
            slot.IsStale = true;
            slot.Schedule = Judged(slot, before);
            TellIfMoved(before, slot.Schedule, decision);
            slots.Arm(slot);
            custody.Changed(slot.Schedule, slot, decision);
        }
    }

    /// <summary>Sets the timers of schedules of which an occurrence may have waited for a job that has ended.</summary>
    public void WakeAfterEndedJobs()
    {
        while (ended.TryDequeue(out var job))
        {
            WakeAfter(job);
        }
    }

    private void WakeAfter(Job job)
    {
        if (
            job.Occurrence is { } occurrence
            && Find(job.Namespace, occurrence.Schedule) is { } slot
            && (
                (slot.Schedule.Queued is not null && slot.LastJob == job.Id)
                || slot.Schedule.Backfill is { IsUnderWay: true, LastJob: var last } && last == job.Id
            )
        )
        {
            slots.Arm(slot);
        }
    }

    private IEnumerable<ScheduleSlot> SlotsNaming(string ns, string calendar) =>
        slots.All.Where(slot =>
            slot.Schedule.Namespace == ns
            && slot.Schedule.ExcludeCalendars?.Contains(calendar, StringComparer.Ordinal) == true
        );
}
