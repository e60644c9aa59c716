namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Who changes a schedule.</summary>
/// <param name="Name">As it stands in <see cref="Schedule.Owner"/>.</param>
/// <param name="OfAny">May change what others own.</param>
public sealed record ScheduleEditor(string Name, bool OfAny)
{
    public bool MayChange(Schedule schedule) => OfAny || schedule.Owner == Name;
}
