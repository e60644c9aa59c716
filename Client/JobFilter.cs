using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// A choice of jobs, and of what a list shows of each. A field that is not set does not restrict the choice.
/// </summary>
public sealed record JobFilter : BulkFilter
{
    public JobFilter() { }

    /// <summary>Makes a filter for the jobs that a bulk act with the same filter acts on.</summary>
    public JobFilter(BulkFilter filter)
        : base(filter) { }

    /// <summary>Whether the list shows the params of each job.</summary>
    public bool IncludeParams { get; init; }

    /// <summary>Whether the list shows the result of each job.</summary>
    public bool IncludeResult { get; init; }

    /// <summary>
    /// Whether the list has only jobs that replay another one, which <see cref="JobView.ReplayOf"/> names.
    /// </summary>
    public bool Replays { get; init; }

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
            .Add("params", Params)
            .Add("replays", Replays ? "true" : null)
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
