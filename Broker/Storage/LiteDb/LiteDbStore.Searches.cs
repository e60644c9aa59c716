using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Storage.LiteDb.Searching;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Searches for jobs, and sums over executions.</summary>
public sealed partial class LiteDbStore
{
    public ValueTask<Page<StoredJob>> SearchJobsAsync(JobSearch search, CancellationToken cancellationToken) =>
        SearchAsync(SearchPlans.Of(search), cancellationToken);

    public ValueTask<Page<StoredJob>> SearchFinishedAsync(FinishedSearch search, CancellationToken cancellationToken) =>
        SearchAsync(SearchPlans.Of(search), cancellationToken);

    public async ValueTask<ExecutionSums> SumExecutionsAsync(
        string ns,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        // Rows of an older version that may lie in the window are counted first. They are taken in newest first.
        while (
            await _thread.ReadAsync(
                () => IsUnindexedSince(from) && _index!.TakeInSlice(_options.SliceRows),
                cancellationToken
            )
        ) { }

        return await _thread.ReadAsync(
            () => SumExecutions(ns, Rollups.MinuteOf(from), Rollups.MinuteOf(to)),
            cancellationToken
        );
    }

    private bool IsUnindexedSince(DateTimeOffset from) =>
        _index!.Unindexed is { } bound && bound >= EndEntry.Of(from, default);

    private ExecutionSums SumExecutions(string ns, long first, long last)
    {
        var sums = new ExecutionSums();
        _index!.Rollups.Sum(sums, ns, first, last);
        foreach (var entry in _overlay.Jobs)
        {
            if (entry is { IsFinished: true, Job: { } finished })
            {
                Add(finished, 1);
            }
            else if (
                entry.HasSupersededRow
                && _rows!.FindFinished(entry.Id) is { } row
                && JobRows.TryJobOf(row) is { } before
            )
            {
                // A result that came too late has changed an attempt's outcome, and the row does not say so yet.
                Add(before, -1);
                Add(entry.Over(before), 1);
            }
        }

        return sums;

        void Add(Core.Jobs.Job job, int count)
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

    private async Task PruneRollupsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (byte[]? from = new byte[Term.HashBytes]; from is not null; )
        {
            var start = from;
            from = await _thread.ReadAsync(
                () => _index!.Rollups.PruneSlice(start, before, _options.SliceRows),
                cancellationToken
            );
        }
    }

    private async ValueTask<Page<StoredJob>> SearchAsync(SearchPlan plan, CancellationToken cancellationToken)
    {
        JobSearching? search = null;
        while (
            !await _thread.ReadAsync(
                () =>
                {
                    search ??= new JobSearching(
                        _documents!,
                        _rows!,
                        _index!,
                        _overlay,
                        OpenJobs,
                        plan,
                        _options.HistoryRowsMax
                    );
                    return search.Step();
                },
                cancellationToken
            )
        ) { }

        return search!.Result!;
    }

    private OpenJobs OpenJobs() =>
        _open ??= new OpenJobs(
            Loading
                .LoadJobs(_documents!)
                .Where(job => _overlay.Find(job.Id) is not { IsDropped: true })
                .Select(job => _overlay.Find(job.Id)?.Over(job) ?? job)
                .Concat(_overlay.Jobs.Select(entry => entry.Job).OfType<Core.Jobs.Job>())
                .Where(job => !job.IsFinished)
        );
}
