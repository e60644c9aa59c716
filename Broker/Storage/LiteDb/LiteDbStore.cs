using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Files;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// The store of one Broker in one folder. A commit is one write to a journal and one flush to disk; its changes are
/// moved into LiteDB's collections later, off the path of commits, and answered from memory until then. Every call may
/// come from any thread; the storage thread does the work.
/// </summary>
public sealed partial class LiteDbStore : IBrokerStore
{
    private readonly LiteDbStoreOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly IDurableFolder _folder;
    private readonly Overlay _overlay = new();
    private readonly StorageThread _thread;

    /// <summary>
    /// The open files, for the storage thread alone; null until they are open. No call comes before they are.
    /// </summary>
    private OpenStore? _open;
    private bool _isClosed;

    private LiteDbStore(LiteDbStoreOptions options, TimeProvider time, ILogger logger, IDurableFolder folder)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _folder = folder;
        _thread = new StorageThread(
            options.ReadsWaitingMax,
            hasWaited => _open?.WorkWhenIdle(hasWaited) ?? Timeout.InfiniteTimeSpan,
            () => _open?.ApplyIfOverBound(),
            logger.StoreFailed
        );
    }

    private OpenStore Opened => _open ?? throw new InvalidOperationException("The store is not open yet.");

    /// <summary>Whether the folder holds a store, opened or not.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Documents.DataFileName));

    /// <summary>Opens the folder's store, or makes one; what an earlier process acknowledged is there.</summary>
    /// <exception cref="StoreTakenException">Another process holds the store.</exception>
    /// <exception cref="StoreFailedException">The store cannot be opened: the disk, or a format of a newer
    /// version.</exception>
    public static async Task<LiteDbStore> OpenAsync(
        LiteDbStoreOptions options,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var folder = options.OpenFolder?.Invoke() ?? DiskFolder.Open(options.Folder, options.BallastBytes, logger);
        var store = new LiteDbStore(options, time, logger, folder);
        try
        {
            await store._thread.CommitAsync(
                () => store._open = OpenStore.Open(folder, store._overlay, options, time, logger),
                cancellationToken
            );
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// How many bytes the store's disk has room for; null when that is not known. Safe from any thread.
    /// </summary>
    public long? FreeDiskBytes => _folder.FreeBytes;

    public async ValueTask<StoredState> LoadAsync(CancellationToken cancellationToken) =>
        await _thread.ReadAsync(() => Opened.Load(), cancellationToken);

    public async ValueTask CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            _thread.ThrowIfFailed();
            return;
        }

        await _thread.CommitAsync(
            () =>
            {
                Opened.Commit(changes);
                return true;
            },
            cancellationToken
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        try
        {
            await _thread.CommitAsync(() => _open?.ApplyBeforeClosing(), CancellationToken.None);
        }
        catch (StoreFailedException)
        {
            // The failure was logged when it happened, and acknowledged changes are in the journal.
        }

        await _thread.StopAsync();
        _open?.Dispose();
        _thread.Dispose();
        _folder.Dispose();
    }
}
