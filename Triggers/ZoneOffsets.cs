using System.Runtime.CompilerServices;

namespace ScheduleZero.Triggers;

/// <summary>
/// A span of time in which a zone has one offset, in ticks: start and end in UTC, and the offset from UTC.
/// </summary>
internal readonly record struct OffsetSpan(long Start, long End, long Offset);

/// <summary>
/// The offsets of a zone from 2000 to 2200, found by asking what the offset is at an instant: that has one answer for
/// every rule that a zone ever had, which cannot be said of .NET's tests for ambiguous and invalid times. Outside these
/// years the nearest offset holds.
/// </summary>
internal sealed class ZoneOffsets
{
    private static readonly long _first = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
    private static readonly long _last = new DateTime(2200, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    // The offsets of each zone. To find them takes milliseconds, and 100,000 schedules share a zone; a second search
    // would find the same.
    private static readonly ConditionalWeakTable<TimeZoneInfo, ZoneOffsets> _known = [];

    private readonly OffsetSpan[] _spans;

    private ZoneOffsets(TimeZoneInfo zone)
    {
        var spans = new List<OffsetSpan>();
        var start = long.MinValue;
        for (var at = _first; at < _last; at += TimeSpan.TicksPerDay)
        {
            var (now, then) = (OffsetAt(zone, at), OffsetAt(zone, at + TimeSpan.TicksPerDay));
            if (now != then)
            {
                var end = Change(zone, at, at + TimeSpan.TicksPerDay);
                spans.Add(new OffsetSpan(start, end, now));
                start = end;
            }
        }

        spans.Add(new OffsetSpan(start, long.MaxValue, OffsetAt(zone, _last)));
        _spans = [.. spans];
    }

    public static ZoneOffsets Of(TimeZoneInfo zone) => _known.GetValue(zone, static zone => new ZoneOffsets(zone));

    public OffsetSpan SpanAt(long utcTicks) => _spans[IndexAt(utcTicks)];

    /// <summary>
    /// The instant at which the wall clock shows a time: the first, if it does so twice; the end of the gap, if it
    /// never does.
    /// </summary>
    public long InstantOf(long localTicks)
    {
        // No zone is further from UTC than 14 hours.
        for (var i = IndexAt(localTicks - TimeSpan.TicksPerDay); ; i++)
        {
            var span = _spans[i];
            var instant = localTicks - span.Offset;
            if (instant < span.End)
            {
                return Math.Max(instant, span.Start);
            }
        }
    }

    private int IndexAt(long utcTicks)
    {
        var (low, high) = (0, _spans.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = utcTicks < _spans[middle].End ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private static long OffsetAt(TimeZoneInfo zone, long utcTicks) =>
        zone.GetUtcOffset(new DateTime(utcTicks, DateTimeKind.Utc)).Ticks;

    // The first whole second with the new offset, between two instants.
    private static long Change(TimeZoneInfo zone, long from, long to)
    {
        var (old, low, high) = (OffsetAt(zone, from), from / TimeSpan.TicksPerSecond, to / TimeSpan.TicksPerSecond);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = OffsetAt(zone, middle * TimeSpan.TicksPerSecond) == old ? (middle, high) : (low, middle);
        }

        return high * TimeSpan.TicksPerSecond;
    }
}
