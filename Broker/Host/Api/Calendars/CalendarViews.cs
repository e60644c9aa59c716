using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Calendars;

internal static class CalendarViews
{
    public static CalendarView From(CalendarRecord calendar) =>
        new()
        {
            Name = calendar.Name,
            Namespace = calendar.Namespace,
            Version = calendar.Version,
            Description = calendar.Description,
            TimeZone = calendar.TimeZone,
            Dates = calendar.Dates,
            Ranges = calendar.Ranges,
            Weekdays = calendar.Weekdays,
            ImportedUntil = calendar.ImportedUntil,
            ImportNotes = calendar.ImportNotes,
            CreatedAt = calendar.CreatedAt,
            ChangedAt = calendar.ChangedAt,
            CreatedBy = calendar.CreatedBy,
            ChangedBy = calendar.ChangedBy,
        };
}
