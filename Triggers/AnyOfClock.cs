namespace ScheduleZero.Triggers;

/// <summary>
/// A trigger that is due whenever one of its parts is; once, when several are due at the same instant.
/// </summary>
internal sealed class AnyOfClock(IReadOnlyList<TriggerClock> parts) : TriggerClock
{
    public override TimeZoneInfo Zone => parts[0].Zone;

    internal override IReadOnlyList<TriggerClock> Parts => parts;

    public override bool NeverMeets(DateTimeOffset after) => parts.Any(part => part.NeverMeets(after));

    public override DateTimeOffset? Next(DateTimeOffset after, bool inclusive)
    {
        var steps = AllOfClock.SearchStepsMax;
        return Find(after, inclusive, ref steps);
    }

    // Each part searches with a share of its own, so that one which finds nothing leaves something to the others.
    internal override DateTimeOffset? Find(DateTimeOffset after, bool inclusive, ref int steps)
    {
        DateTimeOffset? earliest = null;
        var share = Math.Max(1, steps / parts.Count);
        foreach (var part in parts)
        {
            var left = share;
            if (part.Find(after, inclusive, ref left) is { } next && (earliest is null || next < earliest))
            {
                earliest = next;
            }

            steps -= share - left;
        }

        return earliest;
    }
}
