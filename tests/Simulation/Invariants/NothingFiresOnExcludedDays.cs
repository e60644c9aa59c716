using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// No due occurrence has a job if the schedule's calendars exclude its instant. An instant that was waiting before the
/// calendars excluded it still has its turn.
/// </summary>
internal sealed class NothingFiresOnExcludedDays(World world) : Invariant(world)
{
    public override void Committing(Change change)
    {
        if (
            change is not Change.JobAdded { Job.Occurrence: { Origin: OccurrenceOrigin.Due } occurrence }
            || World.Disk.Schedules.GetValueOrDefault(occurrence.ScheduleId) is not { } schedule
            || schedule.Version != occurrence.Version
            || schedule.Queued == occurrence.Nominal
        )
        {
            return;
        }

        foreach (var name in schedule.ExcludeCalendars ?? [])
        {
            var days = World.Disk.Calendars[(schedule.Namespace, name)].ToDays();
            Require(
                !days.Holds(occurrence.Nominal),
                () => $"{schedule.Name} fired at {occurrence.Nominal:O}, which {name} excludes"
            );
        }
    }
}
