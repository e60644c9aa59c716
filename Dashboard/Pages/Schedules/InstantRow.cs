using System.Globalization;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>One instant of a preview as a list shows it.</summary>
/// <param name="Day">The day on the clock of the trigger's zone, such as <c>Sun 29 Mar 2026</c>.</param>
/// <param name="Time">The time on that clock.</param>
/// <param name="ClockChange">What the clock has done since the instant before; null when it just went on.</param>
internal sealed record InstantRow(PreviewItem Item, string Day, string Time, string? ClockChange)
{
    private const string LocalForm = "yyyy-MM-dd'T'HH:mm:ss";

    public static IEnumerable<InstantRow> Of(IReadOnlyList<PreviewItem> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            var local = LocalOf(items[i]);
            yield return new InstantRow(
                items[i],
                local.ToString("ddd d MMM yyyy", CultureInfo.InvariantCulture),
                local.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
                i == 0 ? null : ChangeOf(items[i - 1].Offset, items[i].Offset)
            );
        }
    }

    /// <summary>What the change from one offset to another is, in words; null when they are equal.</summary>
    public static string? ChangeOf(string before, string after)
    {
        if (before == after || !TryRead(before, out var from) || !TryRead(after, out var to))
        {
            return null;
        }

        var minutes = (to - from).TotalMinutes;
        var words = minutes > 0 ? "forward" : "back";
        var length =
            Math.Abs(minutes) % 60 == 0
                ? $"{(Math.Abs(minutes) / 60).ToString("0", CultureInfo.InvariantCulture)} h"
                : $"{Math.Abs(minutes).ToString("0", CultureInfo.InvariantCulture)} min";
        return $"The clock is put {words} by {length}: {before} becomes {after}";
    }

    private static DateTime LocalOf(PreviewItem item) =>
        DateTime.ParseExact(item.Local, LocalForm, CultureInfo.InvariantCulture, DateTimeStyles.None);

    private static bool TryRead(string offset, out TimeSpan value)
    {
        var isRead = TimeSpan.TryParseExact(
            offset.TrimStart('+', '-'),
            @"hh\:mm",
            CultureInfo.InvariantCulture,
            out value
        );
        value = offset.StartsWith('-') ? -value : value;
        return isRead;
    }
}
