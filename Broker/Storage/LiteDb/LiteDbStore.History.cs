using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Broker.Storage.LiteDb.Searching;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Reads jobs and the rows beside them.</summary>
public sealed partial class LiteDbStore
{
    public ValueTask<RawJson[]> ReadParamsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken)
    {
        _thread.ThrowIfFailed();
        var found = new RawJson[ids.Count];
        for (var i = 0; i < ids.Count; i++)
        {
            // Mostly the params are in memory, and an assignment need not wait for the commit that is under way.
            if (!_overlay.TryFindParams(ids[i], out found[i]))
            {
                return new ValueTask<RawJson[]>(_thread.ReadAsync(() => Opened.ReadParams(ids), cancellationToken));
            }
        }

        return ValueTask.FromResult(found);
    }

    public async ValueTask<IReadOnlySet<JobId>> FindPresentAsync(
        IReadOnlyList<JobId> ids,
        CancellationToken cancellationToken
    ) => await _thread.ReadAsync(() => Opened.FindPresent(ids), cancellationToken);

    public async ValueTask<StoredJob?> FindJobAsync(string ns, JobId id, CancellationToken cancellationToken) =>
        await _thread.ReadAsync(() => Opened.FindJob(ns, id), cancellationToken);

    public ValueTask<Page<StoredJob>> SearchJobsAsync(JobSearch search, CancellationToken cancellationToken) =>
        SearchAsync(SearchPlans.Of(search), cancellationToken);

    public ValueTask<Page<StoredJob>> SearchFinishedAsync(FinishedSearch search, CancellationToken cancellationToken) =>
        SearchAsync(SearchPlans.Of(search), cancellationToken);

    public async ValueTask<FinishedCounts> CountFinishedAsync(string ns, CancellationToken cancellationToken)
    {
        var counting = new FinishedCounting(ns);
        while (!await _thread.ReadAsync(() => Opened.Step(counting), cancellationToken)) { }

        return counting.Result!;
    }

    public async ValueTask<ExecutionSums> SumExecutionsAsync(
        string ns,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        // Rows of an older version that may lie in the window are counted first.
        while (await _thread.ReadAsync(() => Opened.IndexSliceSince(from), cancellationToken)) { }

        return await _thread.ReadAsync(
            () => Opened.SumExecutions(ns, Rollups.MinuteOf(from), Rollups.MinuteOf(to)),
            cancellationToken
        );
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(
        JobId id,
        long afterSequence,
        int limit,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => LogRows.Read(documents, id, afterSequence, limit), cancellationToken);

    public ValueTask<IReadOnlyList<LogEntry>> ReadLogBeforeAsync(
        JobId id,
        long beforeSequence,
        int limit,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => LogRows.ReadBefore(documents, id, beforeSequence, limit), cancellationToken);

    public ValueTask<Page<MissedOccurrence>> SearchMissedAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => MissedRows.Search(documents, id, limit, cursor), cancellationToken);

    public ValueTask<Page<Schedule>> SearchVersionsAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => VersionRows.Search(documents, id, limit, cursor), cancellationToken);

    public ValueTask<Batch?> FindBatchAsync(string ns, BatchId id, CancellationToken cancellationToken) =>
        ReadRowsAsync(documents => BatchRows.Find(documents, ns, id), cancellationToken);

    public ValueTask<Page<Batch>> SearchBatchesAsync(
        string ns,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => BatchRows.Search(documents, ns, limit, cursor), cancellationToken);

    private async ValueTask<Page<StoredJob>> SearchAsync(SearchPlan plan, CancellationToken cancellationToken)
    {
        JobSearching? search = null;
        while (!await _thread.ReadAsync(() => (search ??= Opened.Begin(plan)).Step(), cancellationToken)) { }

        return search!.Result!;
    }

    // Reads rows of a small collection. Such collections are read where they lie, so the rows that wait for them are
    // written first.
    private async ValueTask<T> ReadRowsAsync<T>(Func<Documents, T> read, CancellationToken cancellationToken) =>
        await _thread.ReadAsync(
            () =>
            {
                Opened.ApplyRows();
                return read(Opened.Documents);
            },
            cancellationToken
        );
}
