using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Calendars;

/// <summary>The days of a calendar, and its description, as options.</summary>
internal sealed class CalendarOptions
{
    private const string DateFormat = "yyyy-MM-dd";

    private readonly Option<string?> _description = Values.Text("--description", "What it is for", "TEXT");
    private readonly Option<string?> _timeZone = Values.Text(
        "--time-zone",
        "Whose days are meant, as an IANA name [default: UTC]",
        "ZONE"
    );
    private readonly Option<string[]> _dates = Values.Many("--date", "A day, such as 2026-10-03", "DATE");
    private readonly Option<string[]> _ranges = Values.Many(
        "--range",
        "Days from one to another, both too, such as 2026-12-24..2027-01-01",
        "FROM..TO"
    );
    private readonly Option<string[]> _weekdays = Values.Many(
        "--weekday",
        "A day of every week, such as saturday",
        "DAY"
    );

    /// <summary>The only version of the calendar that may be replaced.</summary>
    public Option<int?> IfVersion { get; } =
        Values.Number<int>("--if-version", "Only if the calendar still has this version");

    public void AddTo(Command verb)
    {
        verb.Add(_description);
        verb.Add(_timeZone);
        verb.Add(_dates);
        verb.Add(_ranges);
        verb.Add(_weekdays);
        verb.Add(IfVersion);
    }

    /// <param name="ics">The text of an iCalendar file; null for none.</param>
    /// <exception cref="UsageException">A value is no day, no range or no weekday.</exception>
    public CalendarRequest Read(Call call, string name, string? ics) =>
        new()
        {
            Name = name,
            Description = call.Value(_description),
            TimeZone = call.Value(_timeZone),
            Dates = [.. call.Parsed.GetRequiredValue(_dates).Select(text => Date(text, text))],
            Ranges = [.. call.Parsed.GetRequiredValue(_ranges).Select(Range)],
            Weekdays = [.. call.Parsed.GetRequiredValue(_weekdays).Select(Weekday)],
            Ics = ics,
        };

    private static DateRange Range(string text) =>
        text.Split("..") is [var from, var to]
            ? new DateRange(Date(from, text), Date(to, text))
            : throw new UsageException($"'{text}' is no range of days, such as 2026-12-24..2027-01-01.");

    private static DateOnly Date(string text, string given) =>
        DateOnly.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw new UsageException($"'{given}' is no day, such as 2026-10-03.");

    private static DayOfWeek Weekday(string text) =>
        Enum.GetValues<DayOfWeek>()
            .Where(day => day.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
            .Cast<DayOfWeek?>()
            .FirstOrDefault()
        ?? throw new UsageException($"'{text}' is no day of the week, such as saturday.");
}
