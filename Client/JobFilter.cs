using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Which jobs to list. Fields not given do not restrict.</summary>
public sealed record JobFilter
{
    public JobState? State { get; init; }

    public string? Method { get; init; }

    public string? Handler { get; init; }

    public string? Group { get; init; }

    public string? Tag { get; init; }

    /// <summary>Made by this schedule.</summary>
    public string? Schedule { get; init; }

    /// <summary>Of this batch.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>Enqueued at this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Enqueued before this instant.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Text to search for.</summary>
    public string? Query { get; init; }

    /// <summary>Show the params of each job. Lists come without them.</summary>
    public bool IncludeParams { get; init; }

    /// <summary>Show the result of each job. Lists come without them.</summary>
    public bool IncludeResult { get; init; }

    /// <summary>Rows on a page; 1 to 500, 50 when not given.</summary>
    public int? Limit { get; init; }

    internal string ToPath(string path, string? cursor) =>
        new QueryString(path)
            .Add("state", State)
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("group", Group)
            .Add("tag", Tag)
            .Add("schedule", Schedule)
            .Add("batch", Batch?.ToString())
            .Add("from", From)
            .Add("to", To)
            .Add("q", Query)
            .Add(
                "include",
                (IncludeParams, IncludeResult) switch
                {
                    (true, true) => "params,result",
                    (true, _) => "params",
                    (_, true) => "result",
                    _ => null,
                }
            )
            .Add("limit", Limit)
            .Add("cursor", cursor)
            .ToString();
}
