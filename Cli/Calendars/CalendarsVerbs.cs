using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Calendars;

/// <summary><c>schedulezero calendars …</c>.</summary>
internal static class CalendarsVerbs
{
    private const int DaysShownMax = 20;

    private static readonly IReadOnlyList<Column<CalendarView>> Columns =
    [
        new("NAME", calendar => calendar.Name),
        new("ZONE", calendar => calendar.TimeZone, Fit.Lesser),
        new("WEEKDAYS", calendar => Weekdays(calendar), Fit.Prose),
        new("DATES", calendar => $"{calendar.Dates.Count}", Fit.Lesser),
        new("RANGES", calendar => $"{calendar.Ranges.Count}", Fit.Lesser),
        new("IMPORTED UNTIL", calendar => Date(calendar.ImportedUntil), Fit.Lesser),
        new("DESCRIPTION", calendar => calendar.Description, Fit.Prose),
    ];

    public static Command Create(Shell shell) =>
        new Verb("calendars", "Days on which schedules do not fire")
        {
            List(shell),
            Show(shell),
            Set(shell),
            Import(shell),
            Delete(shell),
        };

    private static Argument<string> NameArgument() => new("NAME") { Description = "The calendar's name" };

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List calendars", "schedulezero calendars list"),
            (call, page, token) => call.Client.Calendars.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageCalendarView,
            Columns
        );

    private static Verb Show(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("show", "Show a calendar with its days", "schedulezero calendars show holidays"),
            NameArgument(),
            (call, name, token) => call.Client.Calendars.GetAsync(name, token),
            Print
        );

    private static Verb Set(Shell shell)
    {
        var (name, options) = (NameArgument(), new CalendarOptions());
        var verb = new Verb(
            "set",
            "Make a calendar, or replace its days",
            "schedulezero calendars set weekend --weekday saturday --weekday sunday --time-zone Europe/Berlin",
            "schedulezero calendars set closed --date 2026-10-03 --range 2026-12-24..2027-01-01 --description "
                + "'the office is closed'"
        )
        {
            name,
        };
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) =>
                call.Client.Calendars.PutAsync(
                    options.Read(call, call.Value(name), ics: null),
                    call.Value(options.IfVersion),
                    token
                ),
            Print
        );
    }

    private static Verb Import(Shell shell)
    {
        var (name, options) = (NameArgument(), new CalendarOptions());
        var file = new Argument<string>("FILE") { Description = "An iCalendar file (.ics); - for standard input" };
        var verb = new Verb(
            "import",
            "Make a calendar of the days that the events of an iCalendar file touch, or replace its days",
            "schedulezero calendars import holidays feiertage.ics --time-zone Europe/Berlin",
            "curl -s https://example.org/holidays.ics | schedulezero calendars import holidays - --weekday sunday"
        )
        {
            name,
            file,
        };
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) =>
            {
                var ics = await Values.ReadTextAsync(
                    call.Value(file) is "-" and var input ? input : $"@{call.Value(file)}",
                    call.Terminal.In,
                    token
                );
                return await call.Client.Calendars.PutAsync(
                    options.Read(call, call.Value(name), ics),
                    call.Value(options.IfVersion),
                    token
                );
            },
            Print
        );
    }

    private static Verb Delete(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb("delete", "Delete a calendar that no schedule names", "schedulezero calendars delete holidays"),
            NameArgument(),
            (call, name, token) => call.Client.Calendars.DeleteAsync(name, token),
            name => $"Deleted calendar {name}"
        );

    private static void Print(Call call, CalendarView calendar) =>
        call.Printer.Answer(calendar, RestJson.Default.CalendarView, Details);

    private static IEnumerable<(string Name, string? Value)> Details(CalendarView calendar) =>
        [
            ("name", calendar.Name),
            ("description", calendar.Description),
            ("version", $"{calendar.Version}"),
            ("zone", calendar.TimeZone),
            ("weekdays", Weekdays(calendar)),
            ("dates", FirstDays(calendar.Dates, date => Date(date)!)),
            ("ranges", FirstDays(calendar.Ranges, range => $"{Date(range.From)}..{Date(range.To)}")),
            ("imported until", Date(calendar.ImportedUntil)),
            ("import notes", calendar.ImportNotes is { } notes ? string.Join(" ", notes) : null),
            ("created", $"{PlainText.Instant(calendar.CreatedAt)} by {calendar.CreatedBy}"),
            ("changed", $"{PlainText.Instant(calendar.ChangedAt)} by {calendar.ChangedBy}"),
        ];

    /// <summary>The first days of a list as text, and how many more there are; null for an empty list.</summary>
    private static string? FirstDays<T>(IReadOnlyList<T> items, Func<T, string> text) =>
        items.Count == 0
            ? null
            : string.Join(", ", items.Take(DaysShownMax).Select(text))
                + (items.Count > DaysShownMax ? $" and {items.Count - DaysShownMax} more (-o json)" : "");

    private static string? Weekdays(CalendarView calendar) =>
        calendar.Weekdays.Count == 0 ? null : string.Join(", ", calendar.Weekdays.Select(day => PlainText.Word(day)));

    private static string? Date(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
