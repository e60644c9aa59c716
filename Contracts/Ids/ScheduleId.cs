namespace ScheduleZero.Contracts.Ids;

/// <summary>The id of one schedule for its whole life; a schedule made later under the same name has another.</summary>
public readonly record struct ScheduleId(Guid Value)
{
    public override string ToString() => Value.ToString("D");
}
