using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Executions;

/// <summary>Serves the log of attempts of finished jobs, sums over it, and its export.</summary>
internal sealed class ExecutionsApi(ExecutionLog log, IHistoryReader store, TimeProvider time)
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();
    private static readonly TimeSpan OneTick = TimeSpan.FromTicks(1);

    public void Map(RouteGroupBuilder group)
    {
        group
            .MapGet("/executions", ListAsync)
            .Demand(Permissions.ExecutionsRead)
            .Produces<Page<ExecutionView>>()
            .Describe(
                "listExecutions",
                "List executions",
                "The attempts of jobs that ended in the window, newest end first. The limit counts jobs; a "
                    + "page has all attempts of each that fit, and ends early when it grows large. `include=result` "
                    + "shows results.",
                400
            );
        group
            .MapGet("/executions/export", ExportAsync)
            .Demand(Permissions.ExecutionsRead)
            .Produces<ExecutionView>(200, "application/x-ndjson", "text/csv")
            .Describe(
                "exportExecutions",
                "Export executions",
                "The whole window, oldest end first, as it is read. A connection that is cut means that it is "
                    + "not whole.",
                400
            );
        group
            .MapGet("/executions/stats", StatsAsync)
            .Demand(Permissions.ExecutionsRead)
            .Produces<ExecutionStats>()
            .Describe(
                "getExecutionStats",
                "Sum executions up",
                "Over jobs that ended in the window, which begins with a full minute: `from` says which. The "
                    + "row * sums all; with `method` or `handler`, the only row is that of the one named. `step` adds "
                    + "the sums of each step of the window. Percentiles are within 1 %. Rejected attempts do not "
                    + "count.",
                400
            );
    }

    private Task<IResult> ListAsync(
        string ns,
        [AsParameters] ExecutionQuery query,
        CancellationToken cancellationToken
    ) =>
        BadCursor.GuardAsync(async () =>
        {
            if (ExecutionQueryValidator.Instance.Check(query) is { } problem)
            {
                return problem;
            }

            var bodies = QueryText.Bodies(query.Include) ?? JobBodies.None;
            var search = query.ToSearch(
                ns,
                time.GetUtcNow(),
                ((IPageQuery)query).LimitOrDefault(),
                newestFirst: true,
                bodies
            );
            var (rows, next) = await log.ReadPageAsync(search, cancellationToken);
            return Answers.Json(new Page<ExecutionView>(rows, next), RestJson.Default.PageExecutionView);
        });

    private Task<IResult> ExportAsync(
        string ns,
        [AsParameters] ExecutionQuery query,
        [FromQuery] string? format,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        BadCursor.GuardAsync(async () =>
        {
            if (
                (
                    ExecutionQueryValidator.Instance.Check(query)
                    ?? ExportQueryValidator.Instance.Check(new ExportQuery(format))
                ) is
                { } problem
            )
            {
                return problem;
            }

            var isCsv = format == "csv";
            // Oldest first, so that jobs that end during the export come behind those that are read.
            var search = query.ToSearch(
                ns,
                time.GetUtcNow(),
                Limits.PageSizeMax,
                newestFirst: false,
                isCsv ? JobBodies.None : JobBodies.Result
            );
            await WriteAsync(http, search, isCsv, cancellationToken);
            return TypedResults.Empty;
        });

    private async Task WriteAsync(
        HttpContext http,
        FinishedSearch search,
        bool isCsv,
        CancellationToken cancellationToken
    )
    {
        var isFirst = true;
        await foreach (var rows in log.ReadPagesAsync(search, cancellationToken))
        {
            if (isFirst)
            {
                // Headers are sent only with the first page, so that a search that fails at once is answered with a
                // problem.
                isFirst = false;
                await BeginAsync(http.Response, isCsv, cancellationToken);
            }

            if (HeadRequests.Is(http))
            {
                return;
            }

            await (
                isCsv
                    ? WriteCsvAsync(http.Response, rows, cancellationToken)
                    : WriteNdjsonAsync(http.Response, rows, cancellationToken)
            );
        }
    }

    private static async Task BeginAsync(HttpResponse response, bool isCsv, CancellationToken cancellationToken)
    {
        response.ContentType = isCsv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
        response.Headers.ContentDisposition = $"attachment; filename=\"executions.{(isCsv ? "csv" : "ndjson")}\"";
        if (isCsv)
        {
            await response.WriteAsync(ExecutionCsv.Header, cancellationToken);
        }
    }

    private static Task WriteCsvAsync(
        HttpResponse response,
        List<ExecutionView> rows,
        CancellationToken cancellationToken
    )
    {
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            ExecutionCsv.Append(text, row);
        }

        return response.WriteAsync(text.ToString(), cancellationToken);
    }

    private static async Task WriteNdjsonAsync(
        HttpResponse response,
        List<ExecutionView> rows,
        CancellationToken cancellationToken
    )
    {
        foreach (var row in rows)
        {
            await response.Body.WriteAsync(
                JsonSerializer.SerializeToUtf8Bytes(row, RestJson.Default.ExecutionView),
                cancellationToken
            );
            await response.Body.WriteAsync(NewLine, cancellationToken);
        }
    }

    private async Task<IResult> StatsAsync(
        string ns,
        [AsParameters] StatsQuery query,
        CancellationToken cancellationToken
    )
    {
        if (StatsQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var window = query.WindowOrDefault();
        var now = time.GetUtcNow();
        var sums = await store.SumExecutionsAsync(ns, now - window, now, cancellationToken);
        return Answers.Json(
            new ExecutionStats(window, query.RowsOf(sums))
            {
                From = Floor(now - window, TimeSpan.FromMinutes(1)),
                Series = QueryText.Duration(query.Step) is { } step
                    ? await SeriesAsync(ns, query, now, step, cancellationToken)
                    : null,
            },
            RestJson.Default.ExecutionStats
        );
    }

    // Steps begin at multiples of their length, so that the same step has the same sums whenever it is asked for.
    private async Task<List<ExecutionStatsStep>> SeriesAsync(
        string ns,
        StatsQuery query,
        DateTimeOffset now,
        TimeSpan step,
        CancellationToken cancellationToken
    )
    {
        List<ExecutionStatsStep> series = [];
        for (var begin = Floor(now - query.WindowOrDefault(), step); begin <= now; begin += step)
        {
            // The last minute of the sums is included.
            var sums = await store.SumExecutionsAsync(ns, begin, begin + step - OneTick, cancellationToken);
            var row = query.RowsOf(sums)[0];
            series.Add(
                new ExecutionStatsStep(
                    begin,
                    row.Total,
                    row.Succeeded,
                    row.MeanSeconds,
                    row.P50Seconds,
                    row.P95Seconds,
                    row.P99Seconds
                )
            );
        }

        return series;
    }

    private static DateTimeOffset Floor(DateTimeOffset at, TimeSpan step) =>
        new(at.UtcTicks - (at.UtcTicks % step.Ticks), TimeSpan.Zero);
}
