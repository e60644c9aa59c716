namespace ScheduleZero.Dashboard.Pages.Admin.Keys;

/// <summary>How long a key is made for, as a form offers it.</summary>
internal static class Lifetimes
{
    /// <summary>The choices in days, with their words; 0 for no end.</summary>
    public static IReadOnlyList<(int Days, string Words)> All { get; } =
    [(0, "has no end"), (1, "a day"), (7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year")];

    /// <summary>The end of a key that begins now; null for no end.</summary>
    public static DateTimeOffset? EndOf(int days, DateTimeOffset now) => days == 0 ? null : now.AddDays(days);
}
