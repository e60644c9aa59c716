using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Decides the requests of operators about calendars. The class stands on the floor of the schedules, because a change
/// of a calendar changes the schedules that name it.
/// </summary>
internal sealed class CalendarCommands(CalendarTable calendars, ScheduleTable schedules, NamespaceTable namespaces)
{
    /// <summary>How many schedules a refusal names one by one; of further ones it says how many there are.</summary>
    private const int NamedMax = 3;

    public Answer Save(BrokerInput.SaveCalendar asked, Decision decision)
    {
        var draft = asked.Draft;
        if ((namespaces.RefusalOnLowDisk ?? namespaces.RefusalIfClosed(draft.Namespace)) is { } refusal)
        {
            return refusal;
        }

        var old = calendars.Find(draft.Namespace, draft.Name);
        if (RefusalOf(asked, old) is { } refused)
        {
            return refused;
        }

        var record = draft with
        {
            Version = (old?.Version ?? 0) + 1,
            CreatedAt = old?.CreatedAt ?? decision.Now.Wall,
            CreatedBy = old?.CreatedBy ?? draft.CreatedBy,
            ChangedAt = decision.Now.Wall,
        };
        calendars.Save(record, decision);
        if (old?.HasDaysOf(record) != true)
        {
            schedules.CalendarChanged(record.Namespace, record.Name, decision);
        }

        return new Answer.CalendarIs(record);
    }

    public Answer Delete(BrokerInput.DeleteCalendar asked, Decision decision)
    {
        if (calendars.Find(asked.Namespace, asked.Name) is not { } record)
        {
            return new Answer.Refused(ErrorCodes.NotFound, $"There is no calendar \"{asked.Name}\".");
        }

        if (schedules.Naming(asked.Namespace, asked.Name) is { Count: > 0 } naming)
        {
            var names = string.Join(
                ", ",
                naming.Order(StringComparer.Ordinal).Take(NamedMax).Select(name => $"\"{name}\"")
            );
            return new Answer.Refused(
                ErrorCodes.Conflict,
                $"Schedules name the calendar: {names}"
                    + $"{(naming.Count > NamedMax ? $" and {naming.Count - NamedMax} more" : "")}."
            );
        }

        calendars.Delete(record, decision);
        return Answer.Done.Instance;
    }

    private Answer.Refused? RefusalOf(BrokerInput.SaveCalendar asked, CalendarRecord? old)
    {
        if (old is not null && asked.MustBeNew)
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                $"The calendar \"{old.Name}\" exists, in version {old.Version}."
            );
        }

        if (asked.ExpectedVersion is { } expected && expected != (old?.Version ?? 0))
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                $"The calendar is at version {old?.Version ?? 0}, not {expected}: read it again."
            );
        }

        return old is null && calendars.In(asked.Draft.Namespace).Count() >= Limits.CalendarsMax
            ? new Answer.Refused(
                ErrorCodes.Conflict,
                $"The namespace has as many calendars as it may: {Limits.CalendarsMax}."
            )
            : null;
    }
}
