using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>Holds the jobs that run after others, by the unfinished job that they wait for.</summary>
internal sealed class Dependents : IJobFollower
{
    private readonly Dictionary<JobId, List<JobSlot>> _waiting = [];

    public int CountOf(JobId awaited) => _waiting.GetValueOrDefault(awaited)?.Count ?? 0;

    public void Added(JobSlot slot, Moment now)
    {
        foreach (var awaited in slot.Job.Chain?.Left ?? [])
        {
            if (!_waiting.TryGetValue(awaited, out var slots))
            {
                _waiting[awaited] = slots = [];
            }

            slots.Add(slot);
        }
    }

    public void Stepped(in JobStep step, JobTable jobs, Decision decision)
    {
        if (step.After.IsFinished)
        {
            Remove(step.Slot, step.Before.Chain?.Left ?? []);
            StepDependents(step.After, jobs, decision);
        }
    }

    public void Dropped(JobSlot slot, Decision decision) => Remove(slot, slot.Job.Chain?.Left ?? []);

    // No dependent ends here. A dependent that is to be cancelled ends when its timer fires, so that a long chain
    // neither nests calls nor fills one decision.
    private void StepDependents(Job ended, JobTable jobs, Decision decision)
    {
        if (!_waiting.Remove(ended.Id, out var dependents))
        {
            return;
        }

        foreach (var slot in dependents)
        {
            var awaited = slot.Job.Chain!.Left;
            jobs.Step(slot, new JobEvent.AwaitedEnded(ended.Id, ended.State), decision);
            if (slot.Job.Chain.BrokenBy is not null)
            {
                Remove(slot, awaited); // The ends of the other awaited jobs change nothing any more.
            }
        }
    }

    private void Remove(JobSlot slot, IReadOnlyList<JobId> awaited)
    {
        foreach (var id in awaited)
        {
            if (_waiting.TryGetValue(id, out var slots) && slots.Remove(slot) && slots.Count == 0)
            {
                _waiting.Remove(id);
            }
        }
    }
}
