using System.Globalization;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Api.Streams;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Shows the lines that a job's attempts logged, page by page or as they are written.</summary>
internal sealed class JobLogsApi(
    IHistoryReader store,
    JobReader reader,
    EventStream events,
    LiveAccess access,
    TimeProvider time,
    IHostApplicationLifetime lifetime
)
{
    private const int RowsARead = Limits.PageSizeMax;

    // How many pages of the store one request reads at most: the lines of one attempt may come after many lines of
    // others.
    private const int ReadsMax = 20;

    public void Map(RouteGroupBuilder group) =>
        group
            .MapGet("/jobs/{id}/logs", ReadAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<Page<LogLine>>()
            .Produces<LogLine>(200, "text/event-stream")
            .Describe(
                "readLogs",
                "Read a job's log",
                "Oldest first, after the given sequence, or the last ones before a sequence. With follow=true "
                    + "server-sent events, which end with one of type end once the job has ended.",
                400,
                404
            );

    private async Task<IResult> ReadAsync(
        string ns,
        string id,
        [AsParameters] LogQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (LogQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        if (
            !JobId.TryParse(id, out var jobId)
            || await reader.FindStoredAsync(ns, jobId, NameScope.Of(http), cancellationToken) is not { } stored
        )
        {
            return Problems.NoSuchJob;
        }

        if (QueryText.Flag(query.Follow) == true)
        {
            await FollowAsync(ns, jobId, query, http);
            return TypedResults.Empty;
        }

        var page = QueryText.LongNumber(query.Before) is { } before
            ? await PageBeforeAsync(stored.Job, LogPlace.Stored(before), query, cancellationToken)
            : await PageAsync(stored.Job, query, cancellationToken);
        return Answers.Json(page, RestJson.Default.PageLogLine);
    }

    private async Task<Page<LogLine>> PageAsync(Job job, LogQuery query, CancellationToken cancellationToken)
    {
        var limit = QueryText.Number(query.Limit) ?? Limits.PageSizeDefault;
        var filter = LineFilter.Of(query);
        var rowsARead = filter.IsEmpty ? limit : RowsARead;
        var after = LogPlace.Stored(QueryText.LongNumber(query.After));
        var lines = new List<LogLine>();
        for (var read = 0; read < ReadsMax; read++)
        {
            var rows = await store.ReadLogAsync(job.Id, after, rowsARead, cancellationToken);
            foreach (var row in rows)
            {
                after = row.Sequence;
                if (LogViews.From(job, row) is var line && filter.Passes(line))
                {
                    lines.Add(line);
                    if (lines.Count == limit)
                    {
                        return new Page<LogLine>(lines, Cursor(after));
                    }
                }
            }

            if (rows.Count < rowsARead)
            {
                return new Page<LogLine>(lines);
            }
        }

        return new Page<LogLine>(lines, Cursor(after));
    }

    // The last lines before a place, oldest first. The cursor is where the page before this one ends.
    private async Task<Page<LogLine>> PageBeforeAsync(
        Job job,
        long before,
        LogQuery query,
        CancellationToken cancellationToken
    )
    {
        var limit = QueryText.Number(query.Limit) ?? Limits.PageSizeDefault;
        var filter = LineFilter.Of(query);
        var rowsARead = filter.IsEmpty ? limit : RowsARead;
        var lines = new List<LogLine>();
        for (var read = 0; read < ReadsMax; read++)
        {
            var rows = await store.ReadLogBeforeAsync(job.Id, before, rowsARead, cancellationToken);
            foreach (var row in rows.Reverse())
            {
                before = row.Sequence;
                if (LogViews.From(job, row) is var line && filter.Passes(line))
                {
                    lines.Insert(0, line);
                    if (lines.Count == limit)
                    {
                        return new Page<LogLine>(lines, Cursor(before));
                    }
                }
            }

            if (rows.Count < rowsARead)
            {
                return new Page<LogLine>(lines);
            }
        }

        return new Page<LogLine>(lines, Cursor(before));
    }

    private async Task FollowAsync(string ns, JobId id, LogQuery query, HttpContext http)
    {
        var filter = LineFilter.Of(query);
        // A browser that reconnects names the last line that it received.
        var after = LogPlace.Stored(
            QueryText.LongNumber(http.Request.Headers["Last-Event-ID"]) ?? QueryText.LongNumber(query.After)
        );
        using var stream = new ServerSentEvents(http, access, time, lifetime.ApplicationStopping);
        if (!await stream.BeginAsync())
        {
            return;
        }

        var step = StreamStep.Lost;
        while (step == StreamStep.Lost)
        {
            // Listening begins before the read, so that each line is in the one or the other. A listener that falls
            // behind comes here again and misses nothing.
            using var subscription = events.Listen(happened => happened.Job?.Id == id);
            if (await reader.FindStoredAsync(ns, id, NameScope.Of(http), http.RequestAborted) is not { } stored)
            {
                return;
            }

            after = await SendStoredAsync(stream, stored.Job, after, filter, http.RequestAborted);
            if (stored.Job.IsFinished)
            {
                await SendEndAsync(stream, stored.Job);
                return;
            }

            while ((step = await stream.WaitAsync(subscription)) == StreamStep.Ready)
            {
                while (subscription.Events.TryRead(out var next))
                {
                    var job = next.Happened.Job!;
                    after = await SendAsync(stream, job, next.Happened.Lines ?? [], after, filter);
                    if (job.IsFinished)
                    {
                        await SendStoredAsync(stream, job, after, filter, http.RequestAborted);
                        await SendEndAsync(stream, job);
                        return;
                    }
                }
            }
        }
    }

    private async Task<long> SendStoredAsync(
        ServerSentEvents stream,
        Job job,
        long after,
        LineFilter filter,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var rows = await store.ReadLogAsync(job.Id, after, RowsARead, cancellationToken);
            after = await SendAsync(stream, job, rows, after, filter);
            if (rows.Count < RowsARead)
            {
                return after;
            }
        }
    }

    private static async Task<long> SendAsync(
        ServerSentEvents stream,
        Job job,
        IReadOnlyList<LogEntry> rows,
        long after,
        LineFilter filter
    )
    {
        foreach (var row in rows)
        {
            if (row.Sequence > after)
            {
                after = row.Sequence;
                if (LogViews.From(job, row) is var line && filter.Passes(line))
                {
                    await stream.SendAsync(Cursor(row.Sequence), type: null, line, RestJson.Default.LogLine);
                }
            }
        }

        return after;
    }

    private static Task SendEndAsync(ServerSentEvents stream, Job job) =>
        stream.SendAsync(
            id: null,
            "end",
            System.Text.Encoding.UTF8.GetBytes($$"""{"state":"{{job.State.ToString().ToLowerInvariant()}}"}""")
        );

    private static string Cursor(long sequence) => LogPlace.Shown(sequence).ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// Converts places of lines in a job's log between Core and REST. Core counts microseconds since the year 1, which is
/// above 2^53: JavaScript would read such a number as its neighbour, and lose lines between pages. REST counts from
/// 1970, which stays below 2^53 until the year 2255.
/// </summary>
internal static class LogPlace
{
    private const long Epoch = 62_135_596_800_000_000;

    // The two counts can be told apart, since Core writes no line in the year 1, nor on the first day of 1970.
    private const long ShownMin = 86_400_000_000;

    public static long Shown(long stored) => stored >= Epoch ? stored - Epoch : stored;

    /// <summary>The place in Core's count.</summary>
    /// <param name="shown">
    /// A place that REST showed, also one of an earlier version, which counted as Core does. Null is the beginning.
    /// </param>
    public static long Stored(long? shown) =>
        shown switch
        {
            null => 0,
            >= Epoch or < ShownMin => shown.Value,
            _ => shown.Value + Epoch,
        };

    /// <summary>The place of a line that came at an instant, in Core's count.</summary>
    public static long At(DateTimeOffset instant) => instant.UtcTicks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The instant at which the line of a place in Core's count came.</summary>
    public static DateTimeOffset InstantOf(long stored) => new(stored * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}

/// <summary>A choice of lines.</summary>
/// <param name="Attempt">The number of the attempt that wrote the lines; null for all attempts.</param>
/// <param name="Rank">The rank of the lowest level.</param>
internal readonly record struct LineFilter(int? Attempt, int Rank)
{
    public bool IsEmpty => Attempt is null && Rank == 0;

    /// <summary>The choice of a query, which was checked before.</summary>
    public static LineFilter Of(LogQuery query) =>
        new(QueryText.Number(query.Attempt), query.Level is { } level ? LogLevels.RankOf(level)!.Value : 0);

    public bool Passes(LogLine line) =>
        (Attempt is null || line.Attempt == Attempt) && (Rank == 0 || LogLevels.RankOf(line.Level) >= Rank);
}

internal sealed record LogQuery
{
    /// <summary>
    /// The sequence after which lines are sent; all lines when not given. The nextCursor of a page goes here.
    /// </summary>
    [FromQuery(Name = "after")]
    public string? After { get; init; }

    /// <summary>
    /// The sequence before which lines are sent, the last ones of those; 2^53 − 1 for the end of the log. The
    /// nextCursor of such a page goes here. Not together with <c>after</c> or <c>follow</c>.
    /// </summary>
    [FromQuery(Name = "before")]
    public string? Before { get; init; }

    /// <summary>The level from which on lines are sent; all levels when not given.</summary>
    [FromQuery(Name = "level")]
    public string? Level { get; init; }

    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The attempt whose lines are sent, counted from 1; all attempts when not given.</summary>
    [FromQuery(Name = "attempt")]
    public string? Attempt { get; init; }

    [FromQuery(Name = "follow")]
    public string? Follow { get; init; }
}

internal sealed class LogQueryValidator : AbstractValidator<LogQuery>
{
    public LogQueryValidator()
    {
        RuleFor(query => query.After).IsNumber();
        RuleFor(query => query.Before).IsNumber();
        RuleFor(query => query.Before)
            .Must(static (query, before) => before is null || (query.After is null && query.Follow is null))
            .WithMessage("before is given alone, without after and follow.");
        RuleFor(query => query.Level).IsLevel();
        RuleFor(query => query.Limit).NumberWithin(1, Limits.PageSizeMax);
        RuleFor(query => query.Attempt).NumberWithin(1, int.MaxValue);
        RuleFor(query => query.Follow).IsFlag();
    }

    public static LogQueryValidator Instance { get; } = new();
}
