namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>The usage of all namespaces together, with the limits of the Broker and of its disk.</summary>
internal sealed class BrokerQuota(CoreOptions options)
{
    /// <summary>
    /// How many bytes of the disk one byte of a body may take: it is written to the journal, to the log of pages, and
    /// to its collection.
    /// </summary>
    private const int DiskFactor = 4;

    /// <summary>How many bytes of the disk a job takes beside its bodies.</summary>
    private const int DiskBytesOfJob = 2048;

    /// <summary>The number of unfinished jobs.</summary>
    public int Unfinished { get; set; }

    /// <summary>The number of running jobs.</summary>
    public int Running { get; set; }

    public DiskLevel Disk { get; private set; }

    /// <summary>
    /// The free bytes above the reserve when the disk was last measured, less what may have been written since; null
    /// while there is plenty.
    /// </summary>
    public long? DiskBytes { get; private set; }

    public bool IsDiskLow => Disk != DiskLevel.Enough;

    /// <summary>True while so little of the disk is left that no job may start to run, in any namespace.</summary>
    public bool IsDiskVeryLow => Disk == DiskLevel.VeryLow;

    /// <summary>True when as many jobs run as the Broker may run, in all namespaces together.</summary>
    public bool IsFull => options.RunningJobsMax is { } max && Running >= max;

    /// <summary>True while no job may start to run, in any namespace.</summary>
    public bool IsBusy => IsFull || IsDiskVeryLow;

    /// <summary>How many bytes a namespace without such a limit of its own may store; null for no limit.</summary>
    public long? NamespaceBytesMax => options.NamespaceBytesMax;

    public bool HasRoomForJobs(int count) =>
        options.WaitingJobsMax is not { } max || Unfinished - Running + count <= max;

    /// <summary>Whether the disk has room for so many new jobs with bodies of so many bytes.</summary>
    public bool HasDiskFor(int jobs, long bytes) =>
        !IsDiskLow && (DiskBytes is not { } room || OnDisk(jobs, bytes) <= room);

    /// <summary>Notes how full the disk was when it was measured.</summary>
    public void SetDisk(DiskLevel level, long? bytes) => (Disk, DiskBytes) = (level, bytes);

    /// <summary>Counts a body that is being written since the disk was last measured.</summary>
    public void Write(long bytes) => DiskBytes -= OnDisk(1, bytes);

    private static long OnDisk(int jobs, long bytes) => ((long)jobs * DiskBytesOfJob) + (DiskFactor * bytes);
}
