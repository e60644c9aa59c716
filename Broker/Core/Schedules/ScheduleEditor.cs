namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Somebody who changes a schedule.</summary>
/// <param name="Name">The name in the form in which <see cref="Schedule.Owner"/> has it.</param>
/// <param name="OfAny">Whether the editor may also change schedules of other owners.</param>
public sealed record ScheduleEditor(string Name, bool OfAny)
{
    public bool MayChange(Schedule schedule) => OfAny || schedule.Owner == Name;
}
