using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>Everything that was due when the loop last turned has happened.</summary>
internal sealed class NothingIsOverdue(World world) : Invariant(world)
{
    public override void Rested(BrokerProcess broker)
    {
        if (broker.RestedAt != World.Agenda.Now)
        {
            return;
        }

        var now = World.BrokerClock.GetUtcNow();
        foreach (var job in World.Disk.Jobs.Values)
        {
            if (job.Current is null && broker.Core.State.FindJob(job.Namespace, job.Id) is { Job: var seen })
            {
                Require(
                    seen.State != JobState.Scheduled || seen.RunAt > now || seen.Awaits,
                    () => $"{job.Id} was to run at {seen.RunAt:O} and still waits"
                );
                Require(
                    seen.AttemptsUsed > 0 || seen.Spec.StartDeadline is not { } deadline || deadline > now,
                    () => $"{job.Id} is past its start deadline"
                );
            }
        }

        var schedules = new CoreXray(broker.Core).ScheduleTable;
        foreach (var schedule in World.Disk.Schedules.Values)
        {
            var due = schedule.Paused ? schedule.ResumeAt : schedule.Due;
            // For an instant that may have been served while the clock was ahead, the store is asked first.
            var isAsked =
                schedules.Find(schedule.Namespace, schedule.Name)?.Doubt is { IsAsked: true }
                && due <= schedule.ServedAhead;
            Require(due is null || due > now || isAsked, () => $"{schedule.Name} was due at {due:O}");
            Require(
                schedule.Paused
                    || schedule.Queued is not { } queued
                    || queued > now
                    || World.Disk.Jobs.Values.Any(job => job.Occurrence?.ScheduleId == schedule.Id),
                () => $"{schedule.Name} lets {schedule.Queued:O} wait for no job"
            );
        }
    }
}
