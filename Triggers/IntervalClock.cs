namespace ScheduleZero.Triggers;

internal sealed class IntervalClock(DateTimeOffset start, TimeSpan every) : TriggerClock
{
    public override DateTimeOffset? Next(DateTimeOffset after, bool inclusive)
    {
        if (after < start)
        {
            return start;
        }

        // Instants are whole multiples from the start, not from the last one, so that there is no drift.
        var elapsed = (after - start).Ticks;
        var passed = elapsed / every.Ticks;
        var ticks = start.UtcTicks + (inclusive && elapsed % every.Ticks == 0 ? passed : passed + 1) * every.Ticks;
        return ticks > DateTimeOffset.MaxValue.UtcTicks ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }
}
