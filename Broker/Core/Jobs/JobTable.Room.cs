using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>Answers whether there is room for more jobs, and makes snapshots of all jobs.</summary>
internal sealed partial class JobTable
{
    /// <summary>A snapshot of the unfinished jobs of all namespaces, to be searched later.</summary>
    public JobSnapshot Snapshot()
    {
        JobSlot[] slots = [.. _slots.Values];
        return new JobSnapshot(slots.Length, place => slots[place].Job);
    }

    /// <summary>
    /// Whether the namespace has room for the jobs. Those whose deduplication key another job has need no room.
    /// </summary>
    public bool HasRoomFor(IReadOnlyList<NewJob> asked, DateTimeOffset now)
    {
        var quota = namespaces.Of(asked[0].Namespace);
        if (!quota.HasRoomForBytes(BytesOf(asked)))
        {
            return false;
        }

        return quota.HasRoomForJobs(asked.Count)
            || quota.HasRoomForJobs(
                asked.Count(job => Deduplication.Find(job.Namespace, job.Spec.DeduplicationKey, now) is null)
            );
    }

    /// <summary>
    /// Whether the disk has room for the jobs. Those whose deduplication key another job has need no room.
    /// </summary>
    public bool HasDiskFor(IReadOnlyList<NewJob> asked, DateTimeOffset now)
    {
        var quota = namespaces.Of(asked[0].Namespace);
        if (quota.HasDiskFor(asked.Count, BytesOf(asked)))
        {
            return true;
        }

        var fresh = asked
            .Where(job => Deduplication.Find(job.Namespace, job.Spec.DeduplicationKey, now) is null)
            .ToList();
        return fresh.Count == 0 || quota.HasDiskFor(fresh.Count, BytesOf(fresh));
    }

    /// <summary>
    /// Why the params of a job may not take the place of those that it has; null when there is room for them.
    /// </summary>
    public static Answer.Refused? RefusalOfParams(JobSlot slot, RawJson parameters)
    {
        var bytes = parameters.Utf8.Length;
        var more = bytes - (slot.Job.Token == 0 ? slot.Job.StoredBytes : 0);
        return more > 0 && !slot.Quota.HasRoomForBytes(more) ? Refusals.NamespaceFull
            : !slot.Quota.HasDiskFor(1, bytes) ? Refusals.DiskFull
            : null;
    }

    private static long BytesOf(IEnumerable<NewJob> jobs) => jobs.Sum(job => (long)job.Params.Utf8.Length);
}
