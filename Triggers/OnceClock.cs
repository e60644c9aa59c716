namespace ScheduleZero.Triggers;

internal sealed class OnceClock(DateTimeOffset at) : TriggerClock
{
    public override DateTimeOffset? Next(DateTimeOffset after, bool inclusive) =>
        at > after || (inclusive && at == after) ? at : null;
}
