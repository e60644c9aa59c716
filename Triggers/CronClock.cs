using System.Buffers;
using Cronos;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Triggers;

/// <summary>
/// A trigger with a cron expression. Cronos finds the wall-clock times that the expression means; the zone's offsets
/// say which instants those are. Cronos' own way from one to the other gives interval expressions an instant too many
/// in the spring gap (docs/adr/0011).
/// </summary>
internal sealed class CronClock : TriggerClock
{
    private static readonly SearchValues<char> IntervalSigns = SearchValues.Create("*/-");
    private static readonly string[] IntervalMacros = ["@every_second", "@every_minute", "@hourly"];

    private readonly CronExpression _expression;
    private readonly ZoneOffsets _offsets;
    private readonly bool _followsElapsedTime;

    private CronClock(CronExpression expression, TimeZoneInfo zone, bool followsElapsedTime)
    {
        Zone = zone;
        _expression = expression;
        _offsets = ZoneOffsets.Of(zone);
        _followsElapsedTime = followsElapsedTime;
    }

    public override TimeZoneInfo Zone { get; }

    public override DateTimeOffset? Next(DateTimeOffset after, bool inclusive) =>
        (_followsElapsedTime ? NextInSpans(after.UtcTicks, inclusive) : NextByWallClock(after.UtcTicks, inclusive))
            is { } ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : null;

    internal override bool? MeetsTimesOnce => !_followsElapsedTime;

    internal override IEnumerable<long> LocalTimes(long from, long to)
    {
        for (var next = NextLocal(from, inclusive: true); next < to; next = NextLocal(next.Value, inclusive: false))
        {
            yield return next.Value;
        }
    }

    public static CronClock? TryCreate(TriggerRequest trigger, out (string Field, string Reason) problem)
    {
        problem = default;
        if (string.IsNullOrWhiteSpace(trigger.Expression))
        {
            problem = ("expression", "A cron expression is needed, such as \"0 2 * * *\".");
            return null;
        }

        if (ZoneOf(trigger, out problem) is not { } zone)
        {
            return null;
        }

        var fields = FieldsOf(trigger.Expression);
        if (CronHints.Refusal(trigger.Expression, fields) is { } hint)
        {
            problem = ("expression", hint);
            return null;
        }

        if (TryParse(string.Join(' ', fields), fields.Length, out var reason) is { } expression)
        {
            return new CronClock(expression, zone, FollowsElapsedTime(fields));
        }

        problem = ("expression", CronProblem.Describe(trigger.Expression, reason));
        return null;
    }

    /// <summary>
    /// What the expression means here and does not mean elsewhere; null when it means the same, or when the text is no
    /// expression.
    /// </summary>
    public static string? WarningOf(string? expression) =>
        string.IsNullOrWhiteSpace(expression) ? null : CronHints.Warning(FieldsOf(expression));

    /// <summary>Reads an expression; null when the text is none.</summary>
    /// <param name="reason">Why the text is no expression.</param>
    internal static CronExpression? TryParse(string expression, int fields, out string reason)
    {
        try
        {
            reason = "";
            return CronExpression.Parse(expression, fields == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
        }
        // Cronos throws CronFormatException for most wrong text, and other exceptions for some signs that it knows but
        // does not accept. The text is a stranger's, so all of them are caught.
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            reason = e is CronFormatException ? e.Message : "The expression cannot be read.";
            return null;
        }
    }

    private static string[] FieldsOf(string expression) =>
        expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    // Whether the expression means an interval of elapsed time. The fields up to the hour say so: a star, a step or a
    // range there means "every so often", a plain number means "at".
    private static bool FollowsElapsedTime(string[] fields) =>
        fields.Length < 5
            ? IntervalMacros.Contains(fields[0], StringComparer.OrdinalIgnoreCase)
            : fields.Take(fields.Length - 3).Any(field => field.AsSpan().ContainsAny(IntervalSigns));

    // The next instant when every instant counts at which the wall clock fits: none in the gap, both in the overlap.
    private long? NextInSpans(long after, bool inclusive)
    {
        for (var span = _offsets.SpanAt(after); ; span = _offsets.SpanAt(span.End))
        {
            var fromLocal = Math.Max(after, span.Start) + span.Offset;
            if (NextLocal(fromLocal, inclusive || after < span.Start) is { } local && local - span.Offset < span.End)
            {
                return local - span.Offset;
            }

            if (span.End == long.MaxValue)
            {
                return null;
            }
        }
    }

    // The next instant when each wall-clock time counts once: the first of two instants, or the end of the gap that the
    // time lies in.
    private long? NextByWallClock(long after, bool inclusive)
    {
        var span = _offsets.SpanAt(after);
        var local = after + span.Offset;
        var isMet = false;
        if (span.Start != long.MinValue)
        {
            var before = _offsets.SpanAt(span.Start - 1).Offset;
            if (span.Start == after && inclusive && before < span.Offset)
            {
                local = after + before; // Times that lay in the gap are due now.
            }
            else if (local < span.Start + before)
            {
                // The clock shows these times again; they have been served.
                (local, isMet) = (span.Start + before, true);
            }
        }

        for (
            var next = NextLocal(local, inclusive || isMet);
            next is { } found;
            next = NextLocal(found, inclusive: false)
        )
        {
            // Two times meet in one instant at the end of a gap.
            if (_offsets.InstantOf(found) is var instant && (instant > after || (inclusive && instant == after)))
            {
                return instant;
            }
        }

        return null;
    }

    private long? NextLocal(long local, bool inclusive) =>
        _expression.GetNextOccurrence(new DateTime(local, DateTimeKind.Utc), inclusive)?.Ticks;
}
