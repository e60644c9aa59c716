using System.Globalization;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>Prints the answer to <c>schedules simulate</c> for people.</summary>
internal static class SimulationText
{
    /// <summary>Rows of each table that are printed at most.</summary>
    private const int RowsMax = 10;

    private const int BarLengthMin = 10;
    private const int BarLengthMax = 50;

    /// <summary>Columns of a line that the bar leaves for the hour, the gaps and the count.</summary>
    private const int BarBesideMax = 30;

    /// <summary>Ranges up to so many hours are shown hour by hour; longer ones by the hour of the day.</summary>
    private const int HoursShownMax = 48;

    private static readonly IReadOnlyList<Column<SimulatedSchedule>> ScheduleColumns =
    [
        new("SCHEDULE", row => row.Name),
        new("STARTS", row => $"{row.Starts}"),
        new("FIRST", row => PlainText.Instant(row.First)),
        new("LAST", row => PlainText.Instant(row.Last), Fit.Lesser),
    ];

    private static readonly IReadOnlyList<Column<SimulatedPeak>> PeakColumns =
    [
        new("SECOND", row => PlainText.Instant(row.At)),
        new("STARTS", row => $"{row.Starts}"),
    ];

    private static readonly IReadOnlyList<Column<SimulatedCollision>> CollisionColumns =
    [
        new("WANT", row => row.Handler is { } handler ? $"handler {handler}" : $"key {row.ConcurrencyKey}"),
        new("LIMIT", row => $"{row.Limit}"),
        new("SECONDS", row => $"{row.Seconds}", Fit.Lesser),
        new("WORST", row => PlainText.Instant(row.At)),
        new("STARTS", row => $"{row.Starts}", Fit.Lesser),
        new("AMONG THEM", row => string.Join(", ", row.Schedules), Fit.Prose),
    ];

    private static readonly IReadOnlyList<Column<SimulatedClockChange>> ClockChangeColumns =
    [
        new("AT", row => PlainText.Instant(row.At)),
        new("ZONE", row => row.TimeZone, Fit.Lesser),
        new("OFFSETS", row => $"{row.OffsetBefore} > {row.OffsetAfter}", Fit.Lesser),
        new("EFFECT", row => row.Effect),
        new("LOCAL TIME", row => row.Local, Fit.Lesser),
        new("TIMES", row => $"{row.Times}", Fit.Lesser),
        new("SCHEDULE", row => row.Schedules > 1 ? $"{row.Schedule} and {row.Schedules - 1} more" : row.Schedule),
    ];

    private static readonly IReadOnlyList<Column<SimulatedDifference>> DifferenceColumns =
    [
        new("SCHEDULE", row => row.Name),
        new("CHANGE", row => row.Change),
        new("STARTS BEFORE", row => $"{row.StartsBefore}"),
        new("AFTER", row => $"{row.StartsAfter}"),
    ];

    /// <param name="zone">The name of the time zone that hours of the day are counted in.</param>
    public static void Print(Printer printer, SimulationAnswer answer, string zone)
    {
        printer.Sentence(
            $"{answer.ScheduleCount} schedules, {answer.Starts} starts "
                + $"from {PlainText.Instant(answer.From)} to {PlainText.Instant(answer.Until)}"
        );
        if (answer.Until < answer.To)
        {
            printer.Sentence($"The rest, to {PlainText.Instant(answer.To)}, was too much to look at: ask for less.");
        }

        PrintHours(printer, answer, zone);
        PrintTable(printer, "Most often", ScheduleColumns, answer.Schedules, answer.ScheduleCount);
        PrintTable(printer, "Most at once", PeakColumns, answer.Peaks, answer.Peaks.Count);
        PrintTable(printer, "Collisions", CollisionColumns, answer.Collisions, answer.CollisionCount);
        PrintTable(
            printer,
            "Changes of the clocks",
            ClockChangeColumns,
            answer.ClockChanges,
            answer.ClockChanges.Count
        );
        if (answer.StartsSaved is { } saved)
        {
            printer.Line("");
            printer.Sentence($"As saved: {saved} starts, {answer.Starts - saved:+0;-0;0} with what was given");
            PrintTable(printer, "Differences", DifferenceColumns, answer.Differences, answer.DifferenceCount);
        }
    }

    private static void PrintHours(Printer printer, SimulationAnswer answer, string zone)
    {
        var isShort = answer.Hours.Count <= HoursShownMax;
        var counts = isShort ? answer.Hours : answer.HoursOfDay;
        var most = Math.Max(1, counts.DefaultIfEmpty().Max());
        var barLength = Math.Clamp(printer.Width - BarBesideMax, BarLengthMin, BarLengthMax);
        printer.Line("");
        printer.Line(isShort ? "Starts in each hour" : $"Starts by hour of the day ({zone})");
        for (var hour = 0; hour < counts.Count; hour++)
        {
            var label = isShort
                ? answer.From.AddHours(hour).ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)
                : hour.ToString("00", CultureInfo.InvariantCulture);
            // An hour with any start shows a bar, however small its share is.
            var length = counts[hour] == 0 ? 0 : Math.Max(1, (int)(counts[hour] * barLength / most));
            printer.Line($"{label}  {new string('#', length).PadRight(barLength)}  {counts[hour]}".TrimEnd());
        }
    }

    /// <summary>Prints the first rows of a table below its title; nothing when there are no rows.</summary>
    /// <param name="count">How many rows there are in all, those that the Broker left out among them.</param>
    private static void PrintTable<T>(
        Printer printer,
        string title,
        IReadOnlyList<Column<T>> columns,
        IReadOnlyList<T> rows,
        int count
    )
    {
        if (rows.Count == 0)
        {
            return;
        }

        printer.Line("");
        printer.Line(count > RowsMax ? $"{title}: {RowsMax} of {count}" : title);
        printer.Table(columns, rows.Take(RowsMax));
    }
}
