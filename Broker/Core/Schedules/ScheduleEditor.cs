namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Who changes a schedule.</summary>
/// <param name="Name">As it stands in <see cref="Schedule.CreatedBy"/>.</param>
/// <param name="OfAny">May change what others own.</param>
public sealed record ScheduleEditor(string Name, bool OfAny)
{
    public static string OwnerOf(Schedule schedule) => schedule.GivenTo ?? schedule.CreatedBy;

    public bool MayChange(Schedule schedule) => OfAny || OwnerOf(schedule) == Name;
}
