namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>Answers about all jobs together: whether there is room for more, and which there are.</summary>
internal sealed partial class JobTable
{
    /// <summary>A snapshot of the unfinished jobs of all namespaces, to be searched later.</summary>
    public JobSnapshot Snapshot()
    {
        JobSlot[] slots = [.. _slots.Values];
        return new JobSnapshot(slots.Length, place => slots[place].Job);
    }

    /// <summary>Whether the namespace may take the jobs; those that a deduplication key answers need no room.</summary>
    public bool HasRoomFor(IReadOnlyList<NewJob> asked, DateTimeOffset now)
    {
        var use = namespaces.Of(asked[0].Namespace);
        if (!use.HasRoomForBytes(BytesOf(asked)))
        {
            return false;
        }

        return use.HasRoomForJobs(asked.Count)
            || use.HasRoomForJobs(
                asked.Count(job => Deduplication.Find(job.Namespace, job.Spec.DeduplicationKey, now) is null)
            );
    }

    /// <summary>Whether the disk has room for the jobs; those that a deduplication key answers need none.</summary>
    public bool HasDiskFor(IReadOnlyList<NewJob> asked, DateTimeOffset now)
    {
        var use = namespaces.Of(asked[0].Namespace);
        if (use.HasDiskFor(asked.Count, BytesOf(asked)))
        {
            return true;
        }

        var fresh = asked
            .Where(job => Deduplication.Find(job.Namespace, job.Spec.DeduplicationKey, now) is null)
            .ToList();
        return fresh.Count == 0 || use.HasDiskFor(fresh.Count, BytesOf(fresh));
    }

    private static long BytesOf(IEnumerable<NewJob> jobs) => jobs.Sum(job => (long)job.Params.Utf8.Length);
}
