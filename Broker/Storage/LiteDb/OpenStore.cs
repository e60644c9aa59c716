using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Applying;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Files;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Opening;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Broker.Storage.LiteDb.Searching;
using ScheduleZero.Broker.Storage.LiteDb.Upkeep;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// A store whose files are open: the commits, reads and idle work. Everything here belongs to the storage thread.
/// </summary>
internal sealed class OpenStore : IDisposable
{
    private static readonly TimeSpan _closingTimeMax = TimeSpan.FromSeconds(3);

    private readonly LiteDbStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Overlay _overlay;
    private readonly Journal _journal;
    private readonly Applier _applier;
    private readonly long _epoch;

    /// <summary>The unfinished jobs; null until the load, or the first search without one, makes them.</summary>
    private OpenJobs? _openJobs;

    private OpenStore(
        Documents documents,
        Journal journal,
        Overlay overlay,
        LiteDbStoreOptions options,
        TimeProvider time,
        ILogger logger
    )
    {
        (Documents, _journal, _overlay, _options, _time, _logger) = (
            documents,
            journal,
            overlay,
            options,
            time,
            logger
        );
        _epoch = StoreFormat.Open(documents, journal, logger);
        Rows = new JobRows(documents);
        Index = new HistoryIndex(documents, _epoch, logger);
        Pruning = new HistoryPruning(documents, Rows, Index);
        _applier = new Applier(documents, Rows, Index, overlay, journal, options);
    }

    public Documents Documents { get; }

    public JobRows Rows { get; }

    public HistoryIndex Index { get; }

    public HistoryPruning Pruning { get; }

    /// <summary>
    /// The sequence of the oldest event of the audit log that is still to be read: events before it may lie on disk
    /// until they are deleted.
    /// </summary>
    public long OldestAudit { get; set; }

    /// <summary>Opens the files, and applies what a stop has left in the journal.</summary>
    /// <param name="overlay">An empty overlay.</param>
    /// <exception cref="StoreFailedException">The files cannot be opened.</exception>
    public static OpenStore Open(
        IDurableFolder folder,
        Overlay overlay,
        LiteDbStoreOptions options,
        TimeProvider time,
        ILogger logger
    )
    {
        try
        {
            return OpenFiles(folder, overlay, options, time, logger);
        }
        catch (Exception e) when (e is not StoreFailedException)
        {
            // A disk reports that it is full, or broken, by these exceptions; others come from the bytes that were
            // read.
            throw e is IOException or UnauthorizedAccessException
                ? StoreMessages.DiskFailedAtStart(e)
                : StoreMessages.Damaged(e);
        }
    }

    public StoredState Load()
    {
        var state = StateLoader.Load(Documents, _epoch, _time, _logger);
        _openJobs = new OpenJobs(state.Jobs);
        return state;
    }

    /// <summary>Commits the changes, which are in the journal, on disk, when this returns.</summary>
    public void Commit(IReadOnlyList<Change> changes)
    {
        while (_applier.IsFarOverBound)
        {
            ApplySlice(everything: false);
        }

        var part = _journal.Append(changes);
        _overlay.Add(changes, part, isReplayed: false);
        _openJobs?.Apply(changes);
    }

    /// <summary>Applies a slice where the journal or the overlay is over its bound. Called after each commit.</summary>
    public void ApplyIfOverBound()
    {
        if (_applier.IsOverBound)
        {
            _applier.ApplySlice(everything: false);
        }

        Documents.CheckpointIfLong(_options.CheckpointPages);
    }

    /// <summary>Does some of the work that waits for a time without commits and reads.</summary>
    /// <param name="hasWaited">Whether the delay that was returned has passed without work.</param>
    /// <returns>How long to wait for work before the next call; zero for not at all.</returns>
    public TimeSpan WorkWhenIdle(bool hasWaited)
    {
        if (!_options.AppliesWhenIdle || !(_applier.HasAny || Index.Unindexed is not null || Index.Counts.IsUnderWay))
        {
            return Timeout.InfiniteTimeSpan;
        }

        if (_applier.HasFullSlice || (hasWaited && _applier.HasAny))
        {
            _applier.ApplySlice(everything: false);
        }
        else if (!Index.IndexSlice(_options.SliceRows) && !Index.Counts.CountSlice())
        {
            return _options.IdleDelay;
        }

        Documents.CheckpointIfLong(_options.CheckpointPages);
        return TimeSpan.Zero;
    }

    /// <summary>
    /// Applies what waits, so that the next start has nothing to replay. Changes for which the time does not suffice
    /// are replayed.
    /// </summary>
    public void ApplyBeforeClosing()
    {
        if (!_options.AppliesWhenIdle)
        {
            return;
        }

        var start = _time.GetTimestamp();
        while (!_overlay.IsEmpty && _time.GetElapsedTime(start) < _closingTimeMax)
        {
            ApplySlice(everything: true);
        }

        Documents.Checkpoint();
    }

    /// <summary>How many slices apply the finished jobs that wait now; at least one.</summary>
    public int SlicesOfFinished => (_overlay.FinishedCount / _options.SliceRows) + 1;

    /// <summary>How many slices apply everything that waits now; at least one.</summary>
    public int SlicesOfEverything => (_overlay.Count / _options.SliceRows) + 1;

    /// <summary>Applies a slice of finished jobs and rows, where any wait.</summary>
    public void ApplyFinishedSlice()
    {
        if (_applier.HasAny)
        {
            _applier.ApplySlice(everything: false);
        }
    }

    /// <summary>Applies a slice, unfinished jobs too if everything is asked for.</summary>
    public void ApplySlice(bool everything)
    {
        _applier.ApplySlice(everything);
        Documents.CheckpointIfLong(_options.CheckpointPages);
    }

    /// <summary>Writes the rows that wait into the small collections, which are read where they lie.</summary>
    public void ApplyRows() => _applier.ApplyAllRows();

    public RawJson[] ReadParams(IReadOnlyList<JobId> ids)
    {
        var found = new RawJson[ids.Count];
        for (var i = 0; i < ids.Count; i++)
        {
            if (!_overlay.TryFindParams(ids[i], out found[i]) && Rows.Find(ids[i]) is { } row)
            {
                found[i] = Rows.ParamsOf(row);
            }
        }

        return found;
    }

    public HashSet<JobId> FindPresent(IReadOnlyList<JobId> ids) =>
        ids.Where(id => _overlay.Find(id) is { } job ? !job.IsDropped : Rows.Find(id) is not null).ToHashSet();

    public StoredJob? FindJob(string ns, JobId id)
    {
        var pending = _overlay.Find(id);
        if (pending is { Job: { } whole, Params: { } known })
        {
            return whole.Namespace == ns ? new StoredJob(whole, known, pending.Result) : FindNone(id);
        }

        if (pending is { IsDropped: true })
        {
            return FindNone(id);
        }

        if (Rows.Find(id) is not { } row)
        {
            return null;
        }

        if (JobRows.TryJobOf(row) is not { } stored)
        {
            return null;
        }

        var job = pending is null ? stored : pending.Over(stored);
        if (job.Namespace != ns)
        {
            return FindNone(id);
        }

        var result = pending is { IsFinished: true } ? pending.Result : Rows.ResultOf(row);
        return new StoredJob(job, Rows.ParamsOf(row), result);
    }

    public JobSearching Begin(SearchPlan plan) =>
        new(Documents, Rows, Index, _overlay, OpenJobs, plan, _options.HistoryRowsMax);

    /// <summary>Runs the next step of a count. True when the count is over and its result is there.</summary>
    public bool Step(FinishedCounting counting) => counting.Step(Index, _overlay);

    /// <summary>
    /// Indexes a slice of the rows that an older version wrote, if some of them may have ended since the instant.
    /// Returns true while there may be more. Rows are indexed newest first.
    /// </summary>
    public bool IndexSliceSince(DateTimeOffset from) =>
        Index.Unindexed is { } bound && bound >= EndEntry.Of(from, default) && Index.IndexSlice(_options.SliceRows);

    /// <summary>Sums the attempts of the namespace's jobs that ended in these minutes.</summary>
    /// <param name="last">The last minute, included.</param>
    public ExecutionSums SumExecutions(string ns, long first, long last)
    {
        var sums = new ExecutionSums();
        Index.Rollups.Sum(sums, ns, first, last);
        foreach (var pending in _overlay.Jobs)
        {
            if (pending is { IsFinished: true, Job: { } finished })
            {
                Add(finished, 1);
            }
            else if (
                pending.HasSupersededRow
                && Rows.FindFinished(pending.Id) is { } row
                && JobRows.TryJobOf(row) is { } before
            )
            {
                // A result that came too late has changed an attempt's outcome, and the row does not say so yet.
                Add(before, -1);
                Add(pending.Over(before), 1);
            }
        }

        return sums;

        void Add(Job job, int count)
        {
            if (
                job.Namespace == ns
                && Rollups.MinuteOf(job.FinishedAt!.Value) is var minute
                && minute >= first
                && minute <= last
            )
            {
                sums.Add(job, count);
            }
        }
    }

    /// <summary>Adds the bytes of jobs that are in no collection yet.</summary>
    public void AddPendingTo(SizeMeter meter) => meter.AddPending(_overlay.Jobs);

    public void Dispose()
    {
        Documents.Dispose();
        _journal.Dispose();
    }

    private static OpenStore OpenFiles(
        IDurableFolder folder,
        Overlay overlay,
        LiteDbStoreOptions options,
        TimeProvider time,
        ILogger logger
    )
    {
        var documents = Documents.Open(folder, logger);
        Journal? journal = null;
        try
        {
            journal = new Journal(folder, documents, options.JournalBytesMax);
            var store = new OpenStore(documents, journal, overlay, options, time, logger);
            store.Recover();
            return store;
        }
        catch
        {
            documents.Dispose();
            journal?.Dispose();
            throw;
        }
    }

    private void Recover()
    {
        var replayed = OldJournal.Replay(Documents, _overlay) + _journal.Replay(_overlay);
        if (replayed > 0)
        {
            _applier.ApplyEverything();
        }

        OldJournal.Delete(Documents);

        // A stop may have come in the middle of a pruning; and the journal may still have blocks that were deleted
        // since.
        OldestAudit = AuditRows.PruneAgain(Documents);

        Documents.Checkpoint();
        _journal.BeginGeneration();
        _logger.StoreOpened(_options.Folder, _epoch, replayed);
    }

    // A job of another namespace takes two reads, as a job does that never existed: else the time of the answer would
    // tell them apart.
    private StoredJob? FindNone(JobId id)
    {
        Rows.FindOpen(id);
        Rows.FindFinished(id);
        return null;
    }

    private OpenJobs OpenJobs() =>
        _openJobs ??= new OpenJobs(
            StateLoader
                .LoadJobs(Documents)
                .Where(job => _overlay.Find(job.Id) is not { IsDropped: true })
                .Select(job => _overlay.Find(job.Id)?.Over(job) ?? job)
                .Concat(_overlay.Jobs.Select(pending => pending.Job).OfType<Job>())
                .Where(job => !job.IsFinished)
        );
}
