namespace ScheduleZero.Dashboard.Charts;

/// <summary>How far back the charts reach, and how much time one of their bars stands for.</summary>
/// <param name="Key">The word in the address of the page.</param>
/// <param name="StepWords">What one bar stands for, after <c>per</c>.</param>
public sealed record ChartSpan(string Key, string Label, string Words, TimeSpan Window, TimeSpan Step, string StepWords)
{
    public static IReadOnlyList<ChartSpan> All { get; } =
    [
        new("1h", "1 h", "last hour", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), "minute"),
        new("24h", "24 h", "last 24 hours", TimeSpan.FromDays(1), TimeSpan.FromMinutes(30), "half hour"),
        new("7d", "7 d", "last 7 days", TimeSpan.FromDays(7), TimeSpan.FromHours(3), "3 hours"),
    ];

    /// <summary>The span of a word; the last hour for any other.</summary>
    public static ChartSpan Of(string? key) => All.FirstOrDefault(span => span.Key == key) ?? All[0];
}
