using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Decides the requests about one schedule; those about many are in <c>ScheduleCommands.Apply.cs</c>.
/// </summary>
internal sealed partial class ScheduleCommands(
    ScheduleTable schedules,
    OfflineStores stores,
    CalendarTable calendars,
    NamespaceTable namespaces,
    AuditLog audit
)
{
    public Answer Save(BrokerInput.SaveSchedule asked, Decision decision)
    {
        var draft = asked.Draft;
        if ((namespaces.RefusalOnLowDisk ?? namespaces.RefusalIfClosed(draft.Namespace)) is { } refusal)
        {
            return refusal;
        }

        var old = schedules.Find(draft.Namespace, draft.Name)?.Schedule;
        if (RefusalOf(asked, old) is { } refused)
        {
            return refused;
        }

        return TriggerClock.TryCreate(draft.Trigger, old?.CreatedAt ?? decision.Now.Wall, out var problem) is { } clock
            ? new Answer.ScheduleIs(schedules.Save(draft, clock, decision))
            : new Answer.Refused(ErrorCodes.Invalid, $"trigger.{problem.Field}: {problem.Reason}");
    }

    public Answer Delete(BrokerInput.DeleteSchedule asked, Decision decision)
    {
        if (Find(asked.Namespace, asked.Name, asked.By, out var refusal) is not { } slot)
        {
            return refusal!;
        }

        schedules.Delete(slot, decision);
        return Answer.Done.Instance;
    }

    public Answer Pause(BrokerInput.PauseSchedule asked, Decision decision)
    {
        if (Find(asked.Namespace, asked.Name, asked.By, out var refusal) is not { } slot)
        {
            return refusal!;
        }

        schedules.Pause(slot, asked.Note, asked.ResumeAt, decision);
        return new Answer.ScheduleIs(slot.Schedule);
    }

    public Answer Resume(BrokerInput.ResumeSchedule asked, Decision decision)
    {
        if (Find(asked.Namespace, asked.Name, asked.By, out var refusal) is not { } slot)
        {
            return refusal!;
        }

        schedules.Resume(slot, decision);
        return new Answer.ScheduleIs(slot.Schedule);
    }

    public Answer Trigger(BrokerInput.TriggerSchedule asked, Decision decision)
    {
        if (namespaces.RefusalOnLowDisk is { } full)
        {
            return full;
        }

        if (schedules.Find(asked.Namespace, asked.Name) is not { } slot)
        {
            return NotFound(asked.Name);
        }

        if (asked.Method is { } method && method != slot.Schedule.Job.Method)
        {
            return new Answer.Refused(ErrorCodes.Conflict, "The schedule was given another method meanwhile.");
        }

        return namespaces.Of(asked.Namespace).HasRoomForJobs(1)
            ? new Answer.JobIs(schedules.Trigger(slot, asked.Id, asked.By, asked.Params, decision))
            : Refusals.NamespaceFull;
    }

    public Answer Backfill(BrokerInput.BackfillSchedule asked, Decision decision)
    {
        if (namespaces.RefusalOnLowDisk is { } full)
        {
            return full;
        }

        if (schedules.Find(asked.Namespace, asked.Name) is not { } slot)
        {
            return NotFound(asked.Name);
        }

        if (Backfilling.Refusal(slot.Schedule, asked, stores) is { } refusal)
        {
            return new Answer.Refused(refusal.Code, refusal.Why);
        }

        schedules.Backfill(slot, asked, decision);
        return new Answer.ScheduleIs(slot.Schedule);
    }

    public Answer CancelBackfill(BrokerInput.CancelBackfill asked, Decision decision)
    {
        if (schedules.Find(asked.Namespace, asked.Name) is not { } slot)
        {
            return NotFound(asked.Name);
        }

        if (slot.Schedule.Backfill is not { IsUnderWay: true })
        {
            return new Answer.Refused(ErrorCodes.Conflict, "No backfill of this schedule is under way.");
        }

        schedules.CancelBackfill(slot, asked.By, decision);
        return new Answer.ScheduleIs(slot.Schedule);
    }

    private Answer.Refused? RefusalOf(BrokerInput.SaveSchedule asked, Schedule? old)
    {
        if (old is not null && !asked.By.MayChange(old))
        {
            return Foreign(old);
        }

        if (old is not null && asked.MustBeNew)
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                $"The schedule \"{old.Name}\" exists, in version {old.Version}."
            );
        }

        if (asked.ExpectedVersion is { } expected && expected != (old?.Version ?? 0))
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                $"The schedule is at version {old?.Version ?? 0}, not {expected}: read it again."
            );
        }

        if (old is null && !schedules.HasRoom(asked.Draft.Namespace, 1))
        {
            return new Answer.Refused(ErrorCodes.Conflict, "The namespace has as many schedules as it may.");
        }

        return UnknownCalendarOf(asked.Draft) is { } unknown
            ? new Answer.Refused(
                ErrorCodes.Invalid,
                $"excludeCalendars: There is no calendar \"{unknown}\" in this namespace."
            )
            : null;
    }

    /// <summary>The first calendar that the draft names and that does not exist; null when all exist.</summary>
    private string? UnknownCalendarOf(Schedule draft) =>
        draft.ExcludeCalendars?.FirstOrDefault(name => calendars.Find(draft.Namespace, name) is null);

    /// <summary>Finds a schedule that the editor may change; null, with the refusal, when there is none.</summary>
    private ScheduleSlot? Find(string ns, string name, ScheduleEditor by, out Answer.Refused? refusal)
    {
        var slot = schedules.Find(ns, name);
        refusal =
            slot is null ? NotFound(name)
            : by.MayChange(slot.Schedule) ? null
            : Foreign(slot.Schedule);
        return refusal is null ? slot : null;
    }

    private static Answer.Refused NotFound(string name) =>
        new(ErrorCodes.NotFound, $"There is no schedule \"{name}\".");

    private static Answer.Refused Foreign(Schedule schedule) =>
        new(
            ErrorCodes.Forbidden,
            $"The schedule \"{schedule.Name}\" is {schedule.Owner}'s; changing those of others takes "
                + "schedules:write-any, and pausing them schedules:pause."
        );
}
