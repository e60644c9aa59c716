using ScheduleZero.Contracts;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

internal sealed partial class ScheduleCommands
{
    /// <summary>Saves and deletes many schedules of one namespace, all or none.</summary>
    public Answer Apply(BrokerInput.ApplySchedules asked, Decision decision)
    {
        var onLowDisk = asked.Saves.Count > 0 ? namespaces.RefusalOnLowDisk : null;
        var clocks = new TriggerClock[asked.Saves.Count];
        if ((onLowDisk ?? namespaces.RefusalIfClosed(asked.Namespace) ?? RefusalOf(asked, clocks, decision)) is { } no)
        {
            return no;
        }

        foreach (var drop in asked.Drops)
        {
            schedules.Delete(schedules.Find(asked.Namespace, drop.Name)!, decision);
            audit.Append(drop.Note, null, decision);
        }

        var saved = new Schedule[asked.Saves.Count];
        for (var i = 0; i < saved.Length; i++)
        {
            saved[i] = schedules.Save(asked.Saves[i].Draft, clocks[i], decision);
            audit.Append(asked.Saves[i].Note, null, decision);
        }

        return new Answer.SchedulesAre(saved);
    }

    /// <param name="clocks">Receives the clock of each schedule that is to be saved.</param>
    private Answer.Refused? RefusalOf(BrokerInput.ApplySchedules asked, TriggerClock[] clocks, Decision decision)
    {
        var added = 0;
        for (var i = 0; i < clocks.Length; i++)
        {
            var old = schedules.Find(asked.Namespace, asked.Saves[i].Draft.Name)?.Schedule;
            if (RefusalOf(asked.Saves[i], old, decision.Now.Wall, out clocks[i]!) is { } refusal)
            {
                return refusal;
            }

            added += old is null ? 1 : 0;
        }

        foreach (var (by, name, version, _) in asked.Drops)
        {
            if (RefusalOf(by, name, schedules.Find(asked.Namespace, name)?.Schedule, version) is { } refusal)
            {
                return refusal;
            }
        }

        return schedules.HasRoom(asked.Namespace, added - asked.Drops.Count)
            ? null
            : new Answer.Refused(
                ErrorCodes.Conflict,
                "The namespace would have more schedules than it may. Nothing was changed."
            );
    }

    private Answer.Refused? RefusalOf(
        BrokerInput.ScheduleSave save,
        Schedule? old,
        DateTimeOffset now,
        out TriggerClock? clock
    )
    {
        clock = null;
        var draft = save.Draft;
        if (RefusalOf(save.By, draft.Name, old, save.Version) is { } refusal)
        {
            return refusal;
        }

        if (UnknownCalendarOf(draft) is { } unknown)
        {
            return new Answer.Refused(
                ErrorCodes.Invalid,
                $"{draft.Name}: excludeCalendars: There is no calendar \"{unknown}\" in this namespace. "
                    + "Nothing was changed."
            );
        }

        clock = TriggerClock.TryCreate(draft.Trigger, old?.CreatedAt ?? now, out var problem);
        return clock is null
            ? new Answer.Refused(ErrorCodes.Invalid, $"{draft.Name}: trigger.{problem.Field}: {problem.Reason}")
            : null;
    }

    private static Answer.Refused? RefusalOf(ScheduleEditor by, string name, Schedule? old, int version) =>
        (old?.Version ?? 0) != version
            ? new(
                ErrorCodes.Conflict,
                $"The schedule \"{name}\" was changed meanwhile. Nothing was changed: apply again."
            )
        : old is not null && !by.MayChange(old)
            ? new(
                ErrorCodes.Forbidden,
                $"The schedule \"{name}\" belongs to {old.Owner}; changing it takes schedules:write-any. "
                    + "Nothing was changed."
            )
        : null;
}
