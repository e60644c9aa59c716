using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Which attempts to list. Fields not given do not restrict.</summary>
public sealed record ExecutionFilter
{
    public AttemptOutcome? Outcome { get; init; }

    public string? Method { get; init; }

    public string? Handler { get; init; }

    public string? Schedule { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    /// <summary>Show the results of attempts that succeeded. Lists come without them.</summary>
    public bool IncludeResult { get; init; }

    /// <summary>Rows on a page; 1 to 500, 50 when not given.</summary>
    public int? Limit { get; init; }

    internal QueryString ToQuery(string path) =>
        new QueryString(path)
            .Add("outcome", Outcome)
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("schedule", Schedule)
            .Add("from", From)
            .Add("to", To)
            .Add("include", IncludeResult ? "result" : null)
            .Add("limit", Limit);
}

/// <summary>How an export is written.</summary>
public enum ExportFormat
{
    /// <summary>A JSON object a line.</summary>
    Ndjson,

    /// <summary>Comma-separated, with a header line.</summary>
    Csv,
}

/// <summary>What statistics are summed by.</summary>
public enum StatsGrouping
{
    Handler,
    Method,
}

/// <summary>The log of attempts in the client's namespace.</summary>
public sealed class ExecutionsClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal ExecutionsClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("executions");
    }

    /// <summary>Reads one page of the attempts.</summary>
    public Task<Page<ExecutionView>> ListAsync(
        ExecutionFilter? filter = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            (filter ?? new ExecutionFilter()).ToQuery(_path).Add("cursor", cursor).ToString(),
            RestJson.Default.PageExecutionView,
            cancellationToken
        );

    /// <summary>Every page, as it is read.</summary>
    public IAsyncEnumerable<ExecutionView> ListAllAsync(
        ExecutionFilter? filter = null,
        CancellationToken cancellationToken = default
    ) => Paging.AllAsync((cursor, token) => ListAsync(filter, cursor, token), null, cancellationToken);

    /// <summary>All of them as a file's bytes, as they arrive. Dispose of the stream.</summary>
    public Task<Stream> ExportAsync(
        ExportFormat format,
        ExecutionFilter? filter = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.OpenAsync(
            (filter ?? new ExecutionFilter()).ToQuery($"{_path}/export").Add<ExportFormat>("format", format).ToString(),
            cancellationToken
        );

    /// <param name="by">One row for each handler or method; one for all when not given.</param>
    /// <param name="window">How far back; the Broker's default when not given.</param>
    public Task<ExecutionStats> StatsAsync(
        StatsGrouping? by = null,
        TimeSpan? window = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{_path}/stats").Add("by", by).Add("window", window).ToString(),
            RestJson.Default.ExecutionStats,
            cancellationToken
        );
}
