using System.ComponentModel.DataAnnotations;
using ScheduleZero.Broker.Storage.LiteDb.Files;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>The folder of the store, and the bounds of what the store holds in memory.</summary>
public sealed record LiteDbStoreOptions
{
    /// <summary>The folder of the store; made with the owner's permissions alone when it is not there.</summary>
    [Required]
    public required string Folder { get; init; }

    /// <summary>
    /// How many finished jobs may wait in memory to be moved into the history; with more, moving alternates with
    /// commits, and with four times as many, commits wait.
    /// </summary>
    [Range(1, 1_000_000)]
    public int FinishedJobsMax { get; init; } = 4_000;

    /// <summary>About how many bytes the changes that are only in the journal may take in memory.</summary>
    [Range(64 * 1024, 1L << 32)]
    public long OverlayBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// How many bytes the journal may grow to before waiting jobs are moved out of it too; bounds the work of a start
    /// after a crash.
    /// </summary>
    [Range(64 * 1024, 1L << 32)]
    public long JournalBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>
    /// How many rows one step moves out of the journal: a commit that comes meanwhile waits for so many.
    /// </summary>
    [Range(1, 10_000)]
    public int SliceRows { get; init; } = 200;

    /// <summary>How long the store must have nothing to do before it moves less than a full slice.</summary>
    public TimeSpan IdleDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How many pages of 8 KiB the log may have before they are moved into the data file: about 20 ms for each 1,000
    /// pages.
    /// </summary>
    [Range(10, 100_000)]
    public int CheckpointPages { get; init; } = 1_000;

    /// <summary>How many rows one search of the audit log may read.</summary>
    [Range(100, 1_000_000)]
    public int SearchRowsMax { get; init; } = 20_000;

    /// <summary>
    /// How many rows of the history one page of a search for jobs may read; what the indexes answer needs no row.
    /// </summary>
    [Range(100, 1_000_000)]
    public int HistoryRowsMax { get; init; } = 5_000;

    /// <summary>How many reads may wait for their turn; more wait outside, in no particular order.</summary>
    [Range(1, 100_000)]
    public int ReadsWaitingMax { get; init; } = 1_000;

    /// <summary>
    /// How many bytes are set aside on the disk, and given back when a full disk has stopped the store; 0 for none.
    /// </summary>
    [Range(0, 1L << 32)]
    public long BallastBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Opens a replacement of the disk, for tests; null for the real folder.</summary>
    internal Func<IDurableFolder>? OpenFolder { get; init; }

    /// <summary>
    /// Whether the store applies changes while it has no other work, and on closing. Tests turn it off, so that
    /// everything stays in the journal that the bounds do not force out.
    /// </summary>
    internal bool AppliesWhenIdle { get; init; } = true;
}
