namespace ScheduleZero.Triggers;

/// <summary>Has no instants.</summary>
internal sealed class NeverClock : TriggerClock
{
    public override DateTimeOffset? Next(DateTimeOffset after, bool inclusive) => null;
}
