namespace ScheduleZero.Triggers;

/// <summary>A trigger that has no instants.</summary>
internal sealed class NeverClock : TriggerClock
{
    public override DateTimeOffset? Next(DateTimeOffset after, bool inclusive) => null;
}
