using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// However the wall clock was set: what a schedule waits for is never later than its trigger's next instant.
/// </summary>
internal sealed class NoComingInstantIsBarred(World world) : Invariant(world)
{
    public override void Rested(BrokerProcess broker)
    {
        if (broker.RestedAt != World.Agenda.Now)
        {
            return;
        }

        var now = World.BrokerClock.GetUtcNow();
        var schedules = new CoreXray(broker.Core).ScheduleTable;
        foreach (var schedule in World.Disk.Schedules.Values.Where(schedule => MayBe(schedule, now)))
        {
            // A clock that was set back by less than that has just served everything in between.
            if (
                schedules.Find(schedule.Namespace, schedule.Name) is { } slot
                && slot.Clock.Next(now + ClockSetBack.StepMin, inclusive: true) is { } next
                && slot.Exclusions.ReasonAt(next) is null
                && !(schedule.EndAt < next)
            )
            {
                Require(
                    schedule.Due <= next,
                    () => $"{schedule.Name} waits for {schedule.Due:O}, and its trigger is due at {next:O}"
                );
            }
        }
    }

    // Paused ones, and those whose instants are the keeper's or the backfill's, wait for something else.
    private static bool MayBe(Schedule schedule, DateTimeOffset now) =>
        schedule is { Paused: false, Keeping: null, Offline: OfflinePolicy.Wait, MaxOccurrences: null }
        && schedule.BackfilledUntil <= now
        && !(schedule.StartAt > now);
}
