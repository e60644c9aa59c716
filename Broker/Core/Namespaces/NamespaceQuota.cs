using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>
/// What a namespace holds at the moment, against what it may. Its timer runs while it is being emptied.
/// </summary>
internal sealed class NamespaceQuota(string name, BrokerQuota whole) : Timed
{
    private static readonly NamespaceLimits None = new();

    public string Name { get; } = name;

    /// <summary>Whether anybody gets in. The namespace <c>default</c> is open without a row in the store.</summary>
    public bool IsOpen { get; private set; } = name == Names.DefaultNamespace;

    /// <summary>What the row of the namespace lets it hold; no limits where there is no row.</summary>
    public NamespaceLimits Limits { get; private set; } = None;

    /// <summary>Addresses from which callers and handlers may come; null for anywhere.</summary>
    public IReadOnlyList<string>? Addresses { get; private set; }

    /// <summary>Follows the row of the namespace, which was read or has changed.</summary>
    /// <param name="isOpen">False once the deletion of the namespace has begun.</param>
    public void Follow(NamespaceLimits limits, IReadOnlyList<string>? addresses, bool isOpen) =>
        (Limits, Addresses, IsOpen) = (limits, addresses, isOpen);

    /// <summary>Follows the end of the row.</summary>
    public void FollowNoRow() => Follow(None, null, Name == Names.DefaultNamespace);

    /// <summary>
    /// Lets nobody in: the row of the namespace stands in the store and cannot be read, so that who may be here, and
    /// how much, is not known.
    /// </summary>
    public void Close() => IsOpen = false;

    public int Unfinished
    {
        get;
        set
        {
            whole.Unfinished += value - field;
            field = value;
        }
    }

    public int Running
    {
        get;
        set
        {
            whole.Running += value - field;
            field = value;
        }
    }

    public int Waiting => Unfinished - Running;

    public int Schedules { get; set; }

    public int Handlers { get; set; }

    /// <summary>Nothing more may start to run.</summary>
    public bool IsBusy => IsFull || whole.IsBusy;

    /// <summary>By what all namespaces may do together.</summary>
    public bool IsWholeFull => whole.IsFull;

    /// <summary>By what is left of the disk.</summary>
    public bool IsDiskVeryLow => whole.IsDiskVeryLow;

    /// <summary>By its own limit.</summary>
    public bool IsFull => Limits.RunningJobs is { } max && Running >= max;

    /// <summary>As last measured, and what came since; null before the first time.</summary>
    public long? StoredBytes { get; private set; }

    public bool HasRoomForJobs(int count) =>
        (Limits.WaitingJobs is not { } max || Waiting + count <= max) && whole.HasRoomForJobs(count);

    /// <summary>Bytes that its jobs may take, with params, results and logs; null for no bound.</summary>
    public long? StoredBytesMax => Limits.StoredBytes ?? whole.NamespaceBytesMax;

    public bool HasRoomForBytes(long bytes) =>
        StoredBytesMax is not { } max || StoredBytes is not { } stored || stored + bytes <= max;

    /// <summary>Whether the disk has room for so many new jobs with bodies of so many bytes.</summary>
    public bool HasDiskFor(int jobs, long bytes) => whole.HasDiskFor(jobs, bytes);

    public void Measured(long bytes) => StoredBytes = bytes;

    public void Store(int bytes)
    {
        StoredBytes += bytes;
        whole.Write(bytes);
    }
}
