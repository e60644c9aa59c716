using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>
/// The usage of one namespace, with its limits. The timer runs while the jobs of a deleted namespace are dropped.
/// </summary>
internal sealed class NamespaceQuota(string name, BrokerQuota whole) : Timed
{
    private static readonly NamespaceLimits None = new();

    public string Name { get; } = name;

    /// <summary>
    /// Whether the namespace exists and is not being deleted. The namespace <c>default</c> exists without a row in the
    /// store.
    /// </summary>
    public bool IsOpen { get; private set; } = name == Names.DefaultNamespace;

    /// <summary>The limits that the row of the namespace gives; no limits where there is no row.</summary>
    public NamespaceLimits Limits { get; private set; } = None;

    /// <summary>The addresses from which callers and handlers may come; null for any.</summary>
    public IReadOnlyList<string>? Addresses { get; private set; }

    /// <summary>The patterns of the handlers whose sessions must be sealed; null for none.</summary>
    private IReadOnlyList<string>? Sealed { get; set; }

    /// <summary>Applies the row of the namespace, which was read or has changed.</summary>
    /// <param name="sealedHandlers">The patterns of the handlers whose sessions must be sealed; null for none.</param>
    /// <param name="isOpen">False once the deletion of the namespace has begun.</param>
    public void Follow(
        NamespaceLimits limits,
        IReadOnlyList<string>? addresses,
        IReadOnlyList<string>? sealedHandlers,
        bool isOpen
    ) => (Limits, Addresses, Sealed, IsOpen) = (limits, addresses, sealedHandlers, isOpen);

    /// <summary>Applies that the namespace has no row any more.</summary>
    public void FollowNoRow() => Follow(None, null, null, Name == Names.DefaultNamespace);

    /// <summary>Whether the sessions of a handler must be sealed.</summary>
    public bool Seals(string handler) => Sealed?.Any(pattern => Names.Matches(pattern, handler)) is true;

    /// <summary>
    /// Closes the namespace, because its row in the store cannot be read: nobody knows its limits, or who may use it.
    /// </summary>
    public void Close() => IsOpen = false;

    /// <summary>The number of unfinished jobs.</summary>
    public int Unfinished
    {
        get;
        set
        {
            whole.Unfinished += value - field;
            field = value;
        }
    }

    /// <summary>The number of running jobs.</summary>
    public int Running
    {
        get;
        private set
        {
            whole.Running += value - field;
            field = value;
        }
    }

    /// <summary>The number of jobs that could run, and wait for a handler or for a limit.</summary>
    public int Ready { get; private set; }

    /// <summary>The number of unfinished jobs that do not run.</summary>
    public int Waiting => Unfinished - Running;

    /// <summary>The number of schedules.</summary>
    public int Schedules { get; set; }

    /// <summary>The number of handlers.</summary>
    public int Handlers { get; set; }

    /// <summary>How long the newest attempts waited for a handler.</summary>
    public StartLatencies Starts { get; } = new();

    /// <summary>True while no job of the namespace may start to run.</summary>
    public bool IsBusy => IsFull || whole.IsBusy;

    /// <summary>True while as many jobs run as the Broker may run, in all namespaces together.</summary>
    public bool IsWholeFull => whole.IsFull;

    /// <summary>True while so little of the disk is left that no job may start to run.</summary>
    public bool IsDiskVeryLow => whole.IsDiskVeryLow;

    /// <summary>True while as many jobs of the namespace run as its own limit allows.</summary>
    public bool IsFull => Limits.RunningJobs is { } max && Running >= max;

    /// <summary>
    /// The bytes of params, results and logs of the namespace's jobs, as last measured, with what was stored since;
    /// null before the first measurement.
    /// </summary>
    public long? StoredBytes { get; private set; }

    public bool HasRoomForJobs(int count) =>
        (Limits.WaitingJobs is not { } max || Waiting + count <= max) && whole.HasRoomForJobs(count);

    /// <summary>How many bytes the jobs may take with params, results and logs; null for no limit.</summary>
    public long? StoredBytesMax => Limits.StoredBytes ?? whole.NamespaceBytesMax;

    public bool HasRoomForBytes(long bytes) =>
        StoredBytesMax is not { } max || StoredBytes is not { } stored || stored + bytes <= max;

    /// <summary>Whether the disk has room for so many new jobs with bodies of so many bytes.</summary>
    public bool HasDiskFor(int jobs, long bytes) => whole.HasDiskFor(jobs, bytes);

    /// <summary>Counts jobs that come into a state, or leave it.</summary>
    /// <param name="change">How many jobs come; below zero for jobs that leave.</param>
    public void Count(JobState state, int change)
    {
        switch (state)
        {
            case JobState.Ready:
                Ready += change;
                break;
            case JobState.Running:
                Running += change;
                break;
            default:
                // The other unfinished jobs are the rest, and finished ones are not held.
                break;
        }
    }

    /// <summary>Notes how many bytes the store holds for the namespace.</summary>
    public void Measured(long bytes) => StoredBytes = bytes;

    /// <summary>Counts bytes that are being stored in place of others.</summary>
    /// <param name="more">How many bytes more there are then; below zero when there are fewer.</param>
    /// <param name="written">How many bytes are written.</param>
    public void Replace(long more, int written)
    {
        StoredBytes += more;
        whole.Write(written);
    }

    /// <summary>Counts bytes that are being stored.</summary>
    public void Store(int bytes)
    {
        StoredBytes += bytes;
        whole.Write(bytes);
    }
}
