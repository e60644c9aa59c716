using System.Runtime.CompilerServices;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Executions;

/// <summary>
/// Reads the attempts of finished jobs, page by page, since a window of time may hold more than fits in memory.
/// </summary>
internal sealed class ExecutionLog(IHistoryReader store)
{
    /// <summary>
    /// The attempts that are asked for, with jobs in the order of their ends. Gives one list for each page of the
    /// store.
    /// </summary>
    public async IAsyncEnumerable<List<ExecutionView>> ReadPagesAsync(
        FinishedSearch search,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        do
        {
            var (rows, next) = await ReadPageAsync(search, cancellationToken);
            yield return rows;
            search = search with { Cursor = next };
        } while (search.Cursor is not null);
    }

    public async Task<(List<ExecutionView> Rows, string? Next)> ReadPageAsync(
        FinishedSearch search,
        CancellationToken cancellationToken
    )
    {
        var page = await store.SearchFinishedAsync(search, cancellationToken);
        var rows = new List<ExecutionView>(page.Items.Count);
        foreach (var stored in page.Items)
        {
            var attempts = JobViews.AttemptsOf(stored.Job).Where(search.HasAttempt);
            rows.AddRange(
                (search.NewestFirst ? attempts.Reverse() : attempts).Select(attempt => View(stored, attempt))
            );
        }

        return (rows, page.NextCursor);
    }

    private static ExecutionView View(StoredJob stored, Attempt attempt) =>
        new()
        {
            Attempt = JobViews.From(stored.Job, attempt, stored.Result),
            JobId = stored.Job.Id,
            Method = stored.Job.Spec.Method,
            Schedule = stored.Job.Occurrence?.Schedule,
            DurationSeconds = ExecutionSums.DurationOf(attempt)?.TotalSeconds,
        };
}
