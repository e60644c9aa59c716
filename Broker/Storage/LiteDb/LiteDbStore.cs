using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Storage.LiteDb.Files;
using ScheduleZero.Broker.Storage.LiteDb.Searching;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// The store of one Broker in one folder. A commit is one document in a journal and one flush to disk; what it changes
/// is moved into the collections later, off the path of commits, and answered from memory until then.
/// </summary>
public sealed partial class LiteDbStore : IBrokerStore
{
    private readonly LiteDbStoreOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly IDurableFolder _folder;
    private readonly Overlay _overlay = new();
    private readonly StorageThread _thread;
    private Documents? _documents;
    private Journal? _journal;
    private JobRows? _rows;
    private HistoryIndex? _index;
    private Applier? _applier;

    /// <summary>Made with the load, or when it is first asked for.</summary>
    private OpenJobs? _open;
    private long _epoch;
    private long _oldestAudit;
    private bool _isClosed;

    private LiteDbStore(LiteDbStoreOptions options, TimeProvider time, ILogger logger, IDurableFolder folder)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _folder = folder;
        _thread = new StorageThread(options.ReadsWaitingMax, Idle, Between, logger.StoreFailed);
    }

    /// <summary>Whether the folder holds a store, opened or not.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Documents.DataFileName));

    /// <summary>Opens the folder's store, or makes one; what an earlier process acknowledged is there.</summary>
    /// <exception cref="StoreTakenException">Another process has it.</exception>
    /// <exception cref="StoreFailedException">It cannot be opened: the disk, or a format of a newer
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
            await store._thread.CommitAsync(store.Open, cancellationToken);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Bytes that the store's disk has room for; null when nobody can say. Safe from any thread.</summary>
    public long? FreeDiskBytes => _folder.FreeBytes;

    public async ValueTask<StoredState> LoadAsync(CancellationToken cancellationToken) =>
        await _thread.ReadAsync(
            () =>
            {
                var state = Loading.Load(_documents!, _epoch, _time, _logger);
                _open = new OpenJobs(state.Jobs);
                return state;
            },
            cancellationToken
        );

    public async ValueTask CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            _thread.ThrowIfFailed();
            return;
        }

        await _thread.CommitAsync(() => Commit(changes), cancellationToken);
    }

    public ValueTask<RawJson[]> ReadParamsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken)
    {
        _thread.ThrowIfFailed();
        var found = new RawJson[ids.Count];
        for (var i = 0; i < ids.Count; i++)
        {
            // Mostly they are in memory, and an assignment need not wait for the commit that is under way.
            if (!_overlay.TryFindParams(ids[i], out found[i]))
            {
                return new ValueTask<RawJson[]>(_thread.ReadAsync(() => ReadParams(ids), cancellationToken));
            }
        }

        return ValueTask.FromResult(found);
    }

    public async ValueTask<IReadOnlySet<JobId>> FindPresentAsync(
        IReadOnlyList<JobId> ids,
        CancellationToken cancellationToken
    ) =>
        await _thread.ReadAsync(
            () =>
                ids.Where(id =>
                        _overlay.Find(id) is { } entry
                            ? !entry.IsDropped
                            : (_rows!.FindOpen(id) ?? _rows.FindFinished(id)) is not null
                    )
                    .ToHashSet(),
            cancellationToken
        );

    public async ValueTask<StoredJob?> FindJobAsync(string ns, JobId id, CancellationToken cancellationToken) =>
        await _thread.ReadAsync(() => FindJob(ns, id), cancellationToken);

    public ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(
        JobId id,
        long afterSequence,
        int limit,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => SmallReads.Log(documents, id, afterSequence, limit), cancellationToken);

    public ValueTask<Page<MissedOccurrence>> SearchMissedAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => SmallReads.Missed(documents, id, limit, cursor), cancellationToken);

    public ValueTask<Page<Schedule>> SearchVersionsAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => SmallReads.Versions(documents, id, limit, cursor), cancellationToken);

    public async ValueTask<long> PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        // What has just finished must first reach the history; only what waits now, or this could go on for ever.
        var slices = await _thread.ReadAsync(
            () => (_overlay.FinishedCount / _options.SliceRows) + 1,
            cancellationToken
        );
        for (var i = 0; i < slices; i++)
        {
            await _thread.ReadAsync(ApplySliceIfAny, cancellationToken);
        }

        var total = 0L;
        int count;
        do
        {
            count = await _thread.ReadAsync(
                () => Pruning.PruneSlice(_documents!, _rows!, endedBefore, _options.SliceRows, SliceClock()),
                cancellationToken
            );
            total += count;
        } while (count > 0);
        await PruneMissedAsync(endedBefore, cancellationToken);
        await PruneBatchesAsync(endedBefore, cancellationToken);
        await PruneRollupsAsync(endedBefore, cancellationToken);
        return total;
    }

    public async ValueTask<IReadOnlyDictionary<string, long>> MeasureAsync(
        IReadOnlyCollection<string> namespaces,
        CancellationToken cancellationToken
    )
    {
        var measuring = new Measuring(namespaces);
        foreach (var collection in new[] { Collections.Jobs, Collections.History })
        {
            for (byte[]? from = new byte[16]; from is not null; )
            {
                var start = from;
                from = await _thread.ReadAsync(
                    () => measuring.AddSlice(_documents!, _rows!, collection, start, _options.SliceRows),
                    cancellationToken
                );
            }
        }

        await _thread.ReadAsync(() => measuring.AddWaiting(_overlay.Jobs), cancellationToken);
        return measuring.Sums;
    }

    public async ValueTask<long> PurgeAsync(string ns, CancellationToken cancellationToken)
    {
        // What the journal still holds of it would come back with a replay: so everything that waits now is applied
        // first.
        var slices = await _thread.ReadAsync(() => (_overlay.Count / _options.SliceRows) + 1, cancellationToken);
        for (var i = 0; i < slices; i++)
        {
            await _thread.ReadAsync(ApplyAnySlice, cancellationToken);
        }

        var total = 0L;
        for (byte[]? from = new byte[16]; from is not null; )
        {
            var start = from;
            (from, var count) = await _thread.ReadAsync(
                () => Pruning.PurgeSlice(_documents!, _rows!, start, ns, _options.SliceRows, SliceClock()),
                cancellationToken
            );
            total += count;
        }

        while (
            await _thread.ReadAsync(() => BatchRows.PurgeSlice(_documents!, ns, _options.SliceRows), cancellationToken)
        ) { }

        while (await _thread.ReadAsync(() => _index!.Rollups.PurgeSlice(ns, _options.SliceRows), cancellationToken)) { }

        await _thread.ReadAsync(SyncDocuments, cancellationToken);
        return total;
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
            await _thread.CommitAsync(Close, CancellationToken.None);
        }
        catch (StoreFailedException)
        {
            // Said when it happened. What is acknowledged is in the journal.
        }

        await _thread.StopAsync();
        _documents?.Dispose();
        _thread.Dispose();
        _folder.Dispose();
    }

    // Starts to run when it is made, at the start of a slice.
    private Func<bool> SliceClock()
    {
        var start = _time.GetTimestamp();
        return () => _time.GetElapsedTime(start) >= Pruning.SliceTime;
    }

    private async Task PruneMissedAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (byte[]? from = new byte[24]; from is not null; )
        {
            var start = from;
            from = await _thread.ReadAsync(
                () =>
                {
                    _applier!.ApplyAllRows();
                    return Pruning.PruneMissedSlice(_documents!, start, before, _options.SliceRows);
                },
                cancellationToken
            );
        }
    }

    private bool Open()
    {
        try
        {
            OpenFiles();
            return true;
        }
        catch (Exception e) when (e is not StoreFailedException)
        {
            // A disk says that it is full, or broken, by these; whatever else is thrown comes from what was read.
            throw e is IOException or UnauthorizedAccessException
                ? StoreMessages.DiskFailedAtStart(e)
                : StoreMessages.Damaged(e);
        }
    }

    private void OpenFiles()
    {
        _documents = Documents.Open(_folder, _logger);
        _epoch = Formats.Open(_documents, _logger);
        _journal = new Journal(_documents);
        _index = new HistoryIndex(_documents, _epoch, _logger);
        _rows = new JobRows(_documents, _index);
        _applier = new Applier(_documents, _rows, _index, _overlay, _options);
        var replayed = _journal.Replay(_overlay);
        if (replayed > 0)
        {
            _applier.ApplyEverything();
        }

        // A stop may have come in the middle of it; and the journal may have told of blocks that were forgotten since.
        _oldestAudit = AuditRows.PruneAgain(_documents);

        _documents.Checkpoint();
        _logger.StoreOpened(_options.Folder, _epoch, replayed);
    }

    private bool Commit(IReadOnlyList<Change> changes)
    {
        while (_applier!.IsFarOverBound)
        {
            _applier.ApplySlice(everything: false);
            _documents!.CheckpointIfLong(_options.CheckpointPages);
        }

        var part = _journal!.Append(changes);
        _overlay.Take(changes, part, replayed: false);
        _open?.Take(changes);
        return true;
    }

    private bool Close()
    {
        if (_applier is null || !_options.AppliesWhenIdle)
        {
            return false;
        }

        // So that the next start has nothing to replay. Whatever takes too long is replayed.
        var start = _time.GetTimestamp();
        while (!_overlay.IsEmpty && _time.GetElapsedTime(start) < TimeSpan.FromSeconds(3))
        {
            _applier.ApplySlice(everything: true);
            _documents!.CheckpointIfLong(_options.CheckpointPages);
        }

        _documents!.Checkpoint();
        return true;
    }

    private void Between()
    {
        if (_applier is { IsOverBound: true })
        {
            _applier.ApplySlice(everything: false);
        }

        _documents?.CheckpointIfLong(_options.CheckpointPages);
    }

    private TimeSpan Idle(bool hasWaited)
    {
        if (_applier is null || !_options.AppliesWhenIdle || (!_applier.HasAny && _index!.Unindexed is null))
        {
            return Timeout.InfiniteTimeSpan;
        }

        if (_applier.HasFullSlice || (hasWaited && _applier.HasAny))
        {
            _applier.ApplySlice(everything: false);
        }
        else if (!_index!.TakeInSlice(_options.SliceRows))
        {
            return _options.IdleDelay;
        }

        _documents!.CheckpointIfLong(_options.CheckpointPages);
        return TimeSpan.Zero;
    }

    private bool ApplyAnySlice()
    {
        _applier!.ApplySlice(everything: true);
        _documents!.CheckpointIfLong(_options.CheckpointPages);
        return true;
    }

    private bool SyncDocuments()
    {
        _documents!.Sync();
        return true;
    }

    private bool ApplySliceIfAny()
    {
        if (_applier!.HasAny)
        {
            _applier.ApplySlice(everything: false);
        }

        return true;
    }

    private RawJson[] ReadParams(IReadOnlyList<JobId> ids)
    {
        var found = new RawJson[ids.Count];
        for (var i = 0; i < ids.Count; i++)
        {
            if (
                !_overlay.TryFindParams(ids[i], out found[i])
                && (_rows!.FindOpen(ids[i]) ?? _rows.FindFinished(ids[i])) is { } row
            )
            {
                found[i] = _rows.ParamsOf(row);
            }
        }

        return found;
    }

    // One of another namespace takes the two looks that one takes that never was: else the time of the answer would
    // tell them apart.
    private StoredJob? FindNone(JobId id)
    {
        _rows!.FindOpen(id);
        _rows.FindFinished(id);
        return null;
    }

    private StoredJob? FindJob(string ns, JobId id)
    {
        var entry = _overlay.Find(id);
        if (entry is { Job: { } whole, Params: { } known })
        {
            return whole.Namespace == ns ? new StoredJob(whole, known, entry.Result) : FindNone(id);
        }

        if (entry is { IsDropped: true })
        {
            return FindNone(id);
        }

        if ((_rows!.FindOpen(id) ?? _rows.FindFinished(id)) is not { } row)
        {
            return null;
        }

        if (JobRows.TryJobOf(row) is not { } stored)
        {
            return null;
        }

        var job = entry is null ? stored : entry.Over(stored);
        if (job.Namespace != ns)
        {
            return FindNone(id);
        }

        var result = entry is { IsFinished: true } ? entry.Result : _rows.ResultOf(row);
        return new StoredJob(job, _rows.ParamsOf(row), result);
    }

    // Small collections are read where they lie, so what waits for them is written first.
    private async ValueTask<T> ReadRowsAsync<T>(Func<Documents, T> read, CancellationToken cancellationToken) =>
        await _thread.ReadAsync(
            () =>
            {
                _applier!.ApplyAllRows();
                return read(_documents!);
            },
            cancellationToken
        );
}
