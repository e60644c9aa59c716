using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// The jobs that had not ended at one moment. A search reads a portion at a time, each in a read of the
/// state, so that a search among a million jobs holds nobody up. Jobs made later are not in the snapshot.
/// </summary>
/// <param name="at">Gives the job at a place, as it stands when it is asked for.</param>
public sealed class JobSnapshot(int count, Func<int, Job> at)
{
    public int Count { get; } = count;

    /// <summary>
    /// Adds to <paramref name="found"/> the jobs of a portion that have not ended since and that match as they stand
    /// now.
    /// </summary>
    public void Find(int from, int portion, Func<Job, bool> matches, List<JobId> found)
    {
        for (var i = from; i < Math.Min(from + portion, Count); i++)
        {
            if (at(i) is { IsFinished: false } job && matches(job))
            {
                found.Add(job.Id);
            }
        }
    }
}
