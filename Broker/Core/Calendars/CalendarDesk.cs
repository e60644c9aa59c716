using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Calendars;

/// <summary>Takes what operators ask of calendars, and tells the schedules that name them.</summary>
internal sealed class CalendarDesk(CalendarTable calendars, ScheduleTable schedules, NamespaceTable namespaces)
{
    private const int NamedMax = 3;

    public void Save(BrokerInput.SaveCalendar asked, Decision decision)
    {
        var draft = asked.Draft;
        if (Commands.RefuseClosed(asked.Ticket, draft.Namespace, namespaces, decision))
        {
            return;
        }

        var old = calendars.Find(draft.Namespace, draft.Name);
        if (old is not null && asked.MustBeNew)
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Conflict,
                $"The calendar \"{old.Name}\" exists, in version {old.Version}."
            );
        }
        else if (asked.ExpectedVersion is { } expected && expected != (old?.Version ?? 0))
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Conflict,
                $"The calendar is at version {old?.Version ?? 0}, not {expected}: read it again."
            );
        }
        else if (old is null && calendars.In(draft.Namespace).Count() >= Limits.CalendarsMax)
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Conflict,
                $"The namespace has as many calendars as it may: {Limits.CalendarsMax}."
            );
        }
        else
        {
            var record = draft with
            {
                Version = (old?.Version ?? 0) + 1,
                CreatedAt = old?.CreatedAt ?? decision.Now.Wall,
                CreatedBy = old?.CreatedBy ?? draft.CreatedBy,
                ChangedAt = decision.Now.Wall,
            };
            calendars.Save(record, decision);
            schedules.CalendarChanged(record.Namespace, record.Name, decision);
            decision.Answer(asked.Ticket, new Answer.CalendarIs(record));
        }
    }

    public void Delete(BrokerInput.DeleteCalendar asked, Decision decision)
    {
        if (calendars.Find(asked.Namespace, asked.Name) is not { } record)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.NotFound, $"There is no calendar \"{asked.Name}\".");
            return;
        }

        if (schedules.Naming(asked.Namespace, asked.Name) is { Count: > 0 } naming)
        {
            var names = string.Join(
                ", ",
                naming.Order(StringComparer.Ordinal).Take(NamedMax).Select(name => $"\"{name}\"")
            );
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Conflict,
                $"Schedules name the calendar: {names}"
                    + $"{(naming.Count > NamedMax ? $" and {naming.Count - NamedMax} more" : "")}."
            );
            return;
        }

        calendars.Delete(record, decision);
        decision.Answer(asked.Ticket, Answer.Done.Instance);
    }
}
