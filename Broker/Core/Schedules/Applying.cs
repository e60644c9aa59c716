using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Saves and deletes many schedules of a namespace, all or none.</summary>
internal sealed class Applying(
    ScheduleTable schedules,
    CalendarTable calendars,
    NamespaceTable namespaces,
    AuditLog audit
)
{
    public void Apply(BrokerInput.ApplySchedules asked, Decision decision)
    {
        if (Commands.RefuseClosed(asked.Ticket, asked.Namespace, namespaces, decision))
        {
            return;
        }

        var clocks = new TriggerClock[asked.Saves.Count];
        if (Refusal(asked, clocks, decision) is { } refusal)
        {
            decision.Answer(asked.Ticket, refusal);
            return;
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

        decision.Answer(asked.Ticket, new Answer.SchedulesAre(saved));
    }

    private Answer.Refused? Refusal(BrokerInput.ApplySchedules asked, TriggerClock[] clocks, Decision decision)
    {
        var added = 0;
        for (var i = 0; i < clocks.Length; i++)
        {
            var (by, draft, version, _) = asked.Saves[i];
            var old = schedules.Find(asked.Namespace, draft.Name)?.Schedule;
            if (RefusalOf(by, draft.Name, old, version) is { } refusal)
            {
                return refusal;
            }

            if (
                draft.ExcludeCalendars?.FirstOrDefault(name => calendars.Find(asked.Namespace, name) is null) is
                { } unknown
            )
            {
                return new Answer.Refused(
                    ErrorCodes.Invalid,
                    $"{draft.Name}: excludeCalendars: There is no calendar \"{unknown}\" in this namespace. "
                        + "Nothing was changed."
                );
            }

            if (
                TriggerClock.TryCreate(draft.Trigger, old?.CreatedAt ?? decision.Now.Wall, out var problem)
                is not { } clock
            )
            {
                return new Answer.Refused(
                    ErrorCodes.Invalid,
                    $"{draft.Name}: trigger.{problem.Field}: {problem.Reason}"
                );
            }

            clocks[i] = clock;
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
