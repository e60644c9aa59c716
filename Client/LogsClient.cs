using System.Runtime.CompilerServices;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>The logs of all jobs of a namespace. The log of one job is read by <see cref="JobsClient"/>.</summary>
public sealed class LogsClient
{
    private readonly RestConnection _connection;
    private readonly string _path;

    internal LogsClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("logs");
    }

    /// <summary>Reads the newest lines of a choice, oldest first.</summary>
    public Task<NewestLogs> NewestAsync(LogFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return _connection.GetAsync(
            filter.ToPath(_path, after: null, follow: false),
            RestJson.Default.NewestLogs,
            cancellationToken
        );
    }

    /// <summary>
    /// Reads the newest lines of a choice, and then each as it is written, without end. A stream that is cut is opened
    /// again where it stopped, for as long as it takes.
    /// </summary>
    /// <param name="notes">What is told beside the lines; null for nothing.</param>
    public async IAsyncEnumerable<JobLine> FollowAsync(
        LogFilter filter,
        StreamNotes? notes = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(filter);
        long? after = null;
        var stream = _connection.StreamAsync(
            () => filter.ToPath(_path, after, follow: true),
            () => null,
            RestJson.Default.JobLine,
            resumeAfterEnd: true,
            notes?.Opened,
            cancellationToken,
            since => notes?.Take(since)
        );
        await foreach (var line in stream)
        {
            after = Math.Max(after ?? 0, line.Sequence);
            yield return line;
        }
    }
}

/// <summary>A choice of lines of job logs. A field that is not set does not restrict the choice.</summary>
public sealed record LogFilter
{
    /// <summary>The lowest level, such as <c>warning</c>.</summary>
    public string? Level { get; init; }

    public string? Method { get; init; }

    /// <summary>The handler whose attempts wrote the lines.</summary>
    public string? Handler { get; init; }

    public string? Schedule { get; init; }

    /// <summary>The text that a line must hold; case does not count.</summary>
    public string? Text { get; init; }

    /// <summary>How many of the newest lines are read at most; 1 to 500, 50 when not given.</summary>
    public int? Limit { get; init; }

    internal string ToPath(string path, long? after, bool follow) =>
        new QueryString(path)
            .Add("follow", follow ? "true" : null)
            .Add("after", after)
            .Add("level", Level)
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("schedule", Schedule)
            .Add("q", Text)
            .Add("limit", Limit)
            .ToString();
}
