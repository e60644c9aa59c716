using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// A snapshot of the jobs that were unfinished at one moment. A search reads a portion of them at a time, each in a
/// read of its own, so that a search among a million jobs makes nobody wait. Jobs made later are not in the snapshot.
/// </summary>
/// <param name="at">Gives the job at an index, as it stands at the time of the call.</param>
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
