using System.Globalization;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>A simulation as people read it.</summary>
internal static class SimulationText
{
    private const int RowsMax = 10;
    private const int BarLengthMin = 10;
    private const int BarLengthMax = 50;

    /// <summary>What stands before and behind a bar: the hour, gaps, the count.</summary>
    private const int BarBesideMax = 30;

    /// <summary>Ranges up to so many hours are shown hour by hour; longer ones by the hour of the day.</summary>
    private const int HoursShownMax = 48;

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
        Heading[] often = ["SCHEDULE", "STARTS", "FIRST", new("LAST", Fit.Lesser)];
        Table(
            printer,
            "Most often",
            often,
            answer.Schedules,
            answer.ScheduleCount,
            row => [row.Name, $"{row.Starts}", PlainText.Instant(row.First), PlainText.Instant(row.Last)]
        );
        Table(
            printer,
            "Most at once",
            ["SECOND", "STARTS"],
            answer.Peaks,
            answer.Peaks.Count,
            row => [PlainText.Instant(row.At), $"{row.Starts}"]
        );
        Heading[] collisions =
        [
            "WANT",
            "LIMIT",
            new("SECONDS", Fit.Lesser),
            "WORST",
            new("STARTS", Fit.Lesser),
            new("AMONG THEM", Fit.Prose),
        ];
        Table(
            printer,
            "Collisions",
            collisions,
            answer.Collisions,
            answer.CollisionCount,
            row =>
                [
                    row.Handler is { } handler ? $"handler {handler}" : $"key {row.ConcurrencyKey}",
                    $"{row.Limit}",
                    $"{row.Seconds}",
                    PlainText.Instant(row.At),
                    $"{row.Starts}",
                    string.Join(", ", row.Schedules),
                ]
        );
        Heading[] changes =
        [
            "AT",
            new("ZONE", Fit.Lesser),
            new("OFFSETS", Fit.Lesser),
            "EFFECT",
            new("LOCAL TIME", Fit.Lesser),
            new("TIMES", Fit.Lesser),
            "SCHEDULE",
        ];
        Table(
            printer,
            "Changes of the clocks",
            changes,
            answer.ClockChanges,
            answer.ClockChanges.Count,
            row =>
                [
                    PlainText.Instant(row.At),
                    row.TimeZone,
                    $"{row.OffsetBefore} > {row.OffsetAfter}",
                    row.Effect,
                    row.Local,
                    $"{row.Times}",
                    row.Schedules > 1 ? $"{row.Schedule} and {row.Schedules - 1} more" : row.Schedule,
                ]
        );
        if (answer.StartsSaved is { } saved)
        {
            printer.Line("");
            printer.Sentence($"As saved: {saved} starts, {answer.Starts - saved:+0;-0;0} with what was given");
            Table(
                printer,
                "Differences",
                ["SCHEDULE", "CHANGE", "STARTS BEFORE", "AFTER"],
                answer.Differences,
                answer.DifferenceCount,
                row => [row.Name, row.Change, $"{row.StartsBefore}", $"{row.StartsAfter}"]
            );
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
            // What is there at all is seen.
            var length = counts[hour] == 0 ? 0 : Math.Max(1, (int)(counts[hour] * barLength / most));
            printer.Line($"{label}  {new string('#', length).PadRight(barLength)}  {counts[hour]}".TrimEnd());
        }
    }

    private static void Table<T>(
        Printer printer,
        string title,
        Heading[] columns,
        IReadOnlyList<T> rows,
        int count,
        Func<T, string?[]> cells
    )
    {
        if (rows.Count == 0)
        {
            return;
        }

        printer.Line("");
        printer.Line(count > RowsMax ? $"{title}: {RowsMax} of {count}" : title);
        printer.Table(columns, rows.Take(RowsMax).Select(cells));
    }
}
