namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>What all namespaces hold together, against what the Broker may, and what its disk has room for.</summary>
internal sealed class BrokerQuota(CoreOptions options)
{
    /// <summary>
    /// What a byte of a body may take on disk until it has its place: in the journal, in the log of pages, and there.
    /// </summary>
    private const int DiskFactor = 4;

    /// <summary>What a job takes beside its bodies.</summary>
    private const int DiskBytesOfJob = 2048;

    public int Unfinished { get; set; }

    public int Running { get; set; }

    public DiskLevel Disk { get; private set; }

    /// <summary>
    /// Free bytes above the reserve when the disk was last looked at, less what may have been written since; null while
    /// there is plenty.
    /// </summary>
    public long? DiskBytes { get; private set; }

    public bool IsDiskLow => Disk != DiskLevel.Enough;

    /// <summary>So little is left that nothing may start to run, wherever.</summary>
    public bool IsDiskVeryLow => Disk == DiskLevel.VeryLow;

    /// <summary>True when as many jobs run as the Broker may run, in all namespaces together.</summary>
    public bool IsFull => options.RunningJobsMax is { } max && Running >= max;

    /// <summary>Nothing more may start to run, wherever.</summary>
    public bool IsBusy => IsFull || IsDiskVeryLow;

    /// <summary>For a namespace whose limits do not say it.</summary>
    public long? NamespaceBytesMax => options.NamespaceBytesMax;

    public bool HasRoomForJobs(int count) =>
        options.WaitingJobsMax is not { } max || Unfinished - Running + count <= max;

    /// <summary>Whether the disk has room for so many new jobs with bodies of so many bytes.</summary>
    public bool HasDiskFor(int jobs, long bytes) =>
        !IsDiskLow && (DiskBytes is not { } room || OnDisk(jobs, bytes) <= room);

    public void Seen(DiskLevel level, long? bytes) => (Disk, DiskBytes) = (level, bytes);

    /// <summary>Something is being written that has not been there when the disk was looked at.</summary>
    public void Write(long bytes) => DiskBytes -= OnDisk(1, bytes);

    private static long OnDisk(int jobs, long bytes) => ((long)jobs * DiskBytesOfJob) + (DiskFactor * bytes);
}
