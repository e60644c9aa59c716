namespace ScheduleZero.Triggers;

/// <summary>
/// A trigger that is due in the seconds in which all of its parts are. The nominal instants of the trigger are whole
/// seconds.
/// </summary>
internal sealed class AllOfClock(IReadOnlyList<TriggerClock> parts) : TriggerClock
{
    /// <summary>
    /// How many instants one search reads, those of nested triggers included. Parts that have not met by then count as
    /// never meeting again.
    /// </summary>
    public const int SearchStepsMax = 5_000;

    public override TimeZoneInfo Zone => parts[0].Zone;

    public override bool NeverMeets(DateTimeOffset after) =>
        Next(after, inclusive: true) is null || parts.Any(part => part.NeverMeets(after));

    public override DateTimeOffset? Next(DateTimeOffset after, bool inclusive)
    {
        var steps = SearchStepsMax;
        return Find(after, inclusive, ref steps);
    }

    // Each part in turn leaps to its first instant not before the second that the others have come to, until none needs
    // to.
    internal override DateTimeOffset? Find(DateTimeOffset after, bool inclusive, ref int steps)
    {
        var second = SecondOf(after);
        if (second < after || (!inclusive && second == after))
        {
            second = second.AddSeconds(1);
        }

        for (var (agreeing, i) = (0, 0); agreeing < parts.Count; i = (i + 1) % parts.Count)
        {
            if (steps <= 0 || parts[i].Find(second, inclusive: true, ref steps) is not { } next)
            {
                return null;
            }

            var its = SecondOf(next);
            (agreeing, second) = its == second ? (agreeing + 1, second) : (1, its);
        }

        return second;
    }

    private static DateTimeOffset SecondOf(DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
