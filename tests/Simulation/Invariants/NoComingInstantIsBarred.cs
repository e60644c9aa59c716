using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// However the wall clock was set, the instant that a schedule waits for is never later than the next instant of its
/// trigger.
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
            // After a smaller step back, everything in between has just been served.
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

    // Schedules that wait for something else are left out: paused ones, and those whose instants belong to a handler or
    // to a backfill.
    private static bool MayBe(Schedule schedule, DateTimeOffset now) =>
        schedule is { Paused: false, Keeping: null, Offline: OfflinePolicy.Wait, MaxOccurrences: null }
        && schedule.BackfilledUntil <= now
        && !(schedule.StartAt > now);
}
