using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>A choice of attempts. A field that is not set does not restrict the choice.</summary>
public sealed record ExecutionFilter
{
    public AttemptOutcome? Outcome { get; init; }

    public string? Method { get; init; }

    public string? Handler { get; init; }

    public string? Schedule { get; init; }

    /// <summary>Only attempts of jobs that ended at this instant or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only attempts of jobs that ended before this instant.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Whether a list shows the results of attempts that succeeded.</summary>
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

/// <summary>The format of an export.</summary>
public enum ExportFormat
{
    /// <summary>One JSON object on each line.</summary>
    Ndjson,

    /// <summary>Values separated by commas, below a header line.</summary>
    Csv,
}

/// <summary>The property by which statistics are grouped.</summary>
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

    /// <summary>Lists all attempts of the filter, reading page after page.</summary>
    public IAsyncEnumerable<ExecutionView> ListAllAsync(
        ExecutionFilter? filter = null,
        CancellationToken cancellationToken = default
    ) => Paging.AllAsync((cursor, token) => ListAsync(filter, cursor, token), null, cancellationToken);

    /// <summary>Exports all attempts of the filter. The stream holds the file as it arrives; dispose of it.</summary>
    public Task<Stream> ExportAsync(
        ExportFormat format,
        ExecutionFilter? filter = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.OpenAsync(
            (filter ?? new ExecutionFilter()).ToQuery($"{_path}/export").Add<ExportFormat>("format", format).ToString(),
            cancellationToken
        );

    /// <summary>
    /// Reads counts, success rates and durations over the jobs that ended in a window of time up to now.
    /// </summary>
    /// <param name="by">One row for each handler or method; null for one row for all.</param>
    /// <param name="window">How far the statistics reach back; null for the Broker's default.</param>
    /// <param name="step">The length of the steps that the answer sums up one by one; null for none.</param>
    public Task<ExecutionStats> StatsAsync(
        StatsGrouping? by = null,
        TimeSpan? window = null,
        TimeSpan? step = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{_path}/stats").Add("by", by).Add("window", window).Add("step", step).ToString(),
            RestJson.Default.ExecutionStats,
            cancellationToken
        );

    /// <summary>Reads the same of the attempts of one method, or of one handler.</summary>
    /// <param name="method">The method; null for a handler.</param>
    /// <param name="handler">The handler; null for a method.</param>
    public Task<ExecutionStats> StatsOfAsync(
        string? method,
        string? handler,
        TimeSpan? window = null,
        TimeSpan? step = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{_path}/stats")
                .Add("method", method)
                .Add("handler", handler)
                .Add("window", window)
                .Add("step", step)
                .ToString(),
            RestJson.Default.ExecutionStats,
            cancellationToken
        );
}
