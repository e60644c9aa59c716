using System.Runtime.CompilerServices;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Executions;

/// <summary>The attempts of the jobs that ended, read page by page: a window may hold more than memory does.</summary>
internal sealed class ExecutionLog(IBrokerStore store)
{
    /// <summary>All attempts of the window, jobs in the order of their ends; a list for each page of the store.</summary>
    public async IAsyncEnumerable<List<ExecutionView>> ReadPagesAsync(
        FinishedSearch search, Func<ExecutionView, bool> wants, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        do
        {
            var (rows, next) = await ReadPageAsync(search, wants, cancellationToken);
            yield return rows;
            search = search with { Cursor = next };
        }
        while (search.Cursor is not null);
    }

    public async Task<(List<ExecutionView> Rows, string? Next)> ReadPageAsync(
        FinishedSearch search, Func<ExecutionView, bool> wants, CancellationToken cancellationToken)
    {
        var page = await store.SearchFinishedAsync(search, cancellationToken);
        var rows = new List<ExecutionView>(page.Items.Count);
        foreach (var stored in page.Items)
        {
            foreach (var attempt in JobViews.AttemptsOf(stored.Job))
            {
                if (View(stored, attempt) is var row && wants(row))
                {
                    rows.Add(row);
                }
            }
        }

        return (rows, page.NextCursor);
    }

    private static ExecutionView View(StoredJob stored, Attempt attempt) => new()
    {
        Attempt = JobViews.From(stored.Job, attempt, stored.Result),
        JobId = stored.Job.Id,
        Method = stored.Job.Spec.Method,
        Schedule = stored.Job.Occurrence?.Schedule,
        DurationSeconds = attempt.FinishedAt is { } end ? Math.Max(0, (end - (attempt.StartedAt ?? attempt.AssignedAt)).TotalSeconds) : null,
    };
}
