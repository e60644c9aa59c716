using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Holds the jobs of schedules that have ended in this turn, until their schedules are woken: an occurrence may have
/// waited for the end of the job before.
/// </summary>
internal sealed class EndedOccurrences : IJobFollower
{
    private readonly Queue<Job> _ended = new();

    public bool TryDequeue(out Job ended) => _ended.TryDequeue(out ended!);

    public void Added(JobSlot slot, Moment now)
    {
        // A job that was added has not ended.
    }

    public void Stepped(in JobStep step, JobTable jobs, Decision decision)
    {
        if (step.After is { IsFinished: true, Occurrence: not null })
        {
            _ended.Enqueue(step.After);
        }
    }

    public void Dropped(JobSlot slot, Decision decision)
    {
        // The job is dropped with its namespace, whose schedules go too: no schedule waits for its end.
    }
}
