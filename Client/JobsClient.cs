using System.Runtime.CompilerServices;
using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Jobs of the client's namespace.</summary>
public sealed class JobsClient
{
    // A dry run looks at every job before it answers.
    private static readonly TimeSpan DryRunWait = TimeSpan.FromMinutes(5);

    private readonly RestConnection _connection;
    private readonly string _path;

    internal JobsClient(RestConnection connection)
    {
        _connection = connection;
        _path = connection.InNamespace("jobs");
    }

    /// <summary>
    /// Enqueues a job. When this returns, the job is on the Broker's disk. A duplicate answers the first job.
    /// </summary>
    public Task<JobView> EnqueueAsync(JobRequest job, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            _path,
            job,
            RestJson.Default.JobRequest,
            RestJson.Default.JobView,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>Enqueues a job with the default settings.</summary>
    /// <param name="json">How the params are written; the protocol's conventions when not given.</param>
    public Task<JobView> EnqueueAsync<TParams>(
        string method,
        TParams parameters,
        JsonSerializerOptions? json = null,
        CancellationToken cancellationToken = default
    ) => EnqueueAsync(new JobRequest { Method = method, Params = RawJson.From(parameters, json) }, cancellationToken);

    /// <summary>
    /// Enqueues a job and waits for its end. The job may be unfinished when the wait is over: look at
    /// <see cref="JobView.State"/>. A failed job is an answer, not an exception. Read the result with
    /// <c>job.Result.To&lt;T&gt;()</c>.
    /// </summary>
    /// <param name="wait">How long the Broker holds its answer; it may have a bound of its own.</param>
    public Task<JobView> EnqueueAndWaitAsync(
        JobRequest job,
        TimeSpan wait,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            new QueryString(_path).Add("wait", wait).ToString(),
            job,
            RestJson.Default.JobRequest,
            RestJson.Default.JobView,
            wait,
            cancellationToken
        );

    /// <summary>
    /// Enqueues up to 1,000 jobs in one commit. Each has its own answer, in order: a refused one does not stop the
    /// others.
    /// </summary>
    public Task<BatchAnswer> EnqueueBatchAsync(
        IReadOnlyList<JobRequest> jobs,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            $"{_path}/batch",
            new BatchRequest(jobs),
            RestJson.Default.BatchRequest,
            RestJson.Default.BatchAnswer,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>
    /// Enqueues up to 1,000 jobs in one commit, all or none. They may name each other: give one a
    /// <see cref="JobRequest.Ref"/> such as <c>a</c>, and another <see cref="JobRequest.After"/> <c>#a</c>. Answers in
    /// order.
    /// </summary>
    public Task<BatchAnswer> EnqueueSetAsync(
        IReadOnlyList<JobRequest> jobs,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            $"{_path}/batch",
            new BatchRequest(jobs, Atomic: true),
            RestJson.Default.BatchRequest,
            RestJson.Default.BatchAnswer,
            TimeSpan.Zero,
            cancellationToken
        );

    public Task<JobView> GetAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{_path}/{id}", RestJson.Default.JobView, cancellationToken);

    /// <summary>Reads one page of the jobs.</summary>
    public Task<Page<JobView>> ListAsync(
        JobFilter? filter = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            (filter ?? new JobFilter()).ToPath(_path, cursor),
            RestJson.Default.PageJobView,
            cancellationToken
        );

    /// <summary>Every page, as it is read.</summary>
    public IAsyncEnumerable<JobView> ListAllAsync(
        JobFilter? filter = null,
        CancellationToken cancellationToken = default
    ) => Paging.AllAsync((cursor, token) => ListAsync(filter, cursor, token), null, cancellationToken);

    /// <summary>Cancels; a running job's handler is asked to stop, and gets its grace.</summary>
    public Task<JobView> CancelAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{_path}/{id}/cancel", RestJson.Default.JobView, cancellationToken);

    /// <summary>Tries a waiting job again now, without waiting for its backoff.</summary>
    public Task<JobView> RetryAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{_path}/{id}/retry", RestJson.Default.JobView, cancellationToken);

    /// <summary>Enqueues a failed job anew; answers the new job, which names the old one.</summary>
    public Task<JobView> ReplayAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{_path}/{id}/replay", RestJson.Default.JobView, cancellationToken);

    /// <summary>Moves a job that waits before, or behind, others.</summary>
    /// <param name="priority">−100 to 100, higher first.</param>
    public Task<JobView> PrioritiseAsync(JobId id, int priority, CancellationToken cancellationToken = default) =>
        _connection.PatchAsync(
            $"{_path}/{id}",
            new JobPatch(priority),
            RestJson.Default.JobPatch,
            RestJson.Default.JobView,
            cancellationToken
        );

    /// <summary>
    /// Begins to act on every job that matches; answers at once, while the act goes on. A dry run answers when it has
    /// counted. Give the request an id of your own to be able to ask again when no answer came: it acts once.
    /// </summary>
    public Task<BulkActView> BeginBulkAsync(BulkActRequest request, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            $"{_path}/bulk",
            request,
            RestJson.Default.BulkActRequest,
            RestJson.Default.BulkActView,
            request?.DryRun == true ? DryRunWait : TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>How far a bulk act has come.</summary>
    /// <param name="wait">How long the Broker may hold its answer until the act has ended; up to 5 minutes.</param>
    public Task<BulkActView> GetBulkAsync(
        Guid id,
        TimeSpan wait = default,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{_path}/bulk/{id}").Add("wait", wait > TimeSpan.Zero ? wait : null).ToString(),
            RestJson.Default.BulkActView,
            wait,
            cancellationToken
        );

    /// <summary>Bulk acts since the Broker started, newest first.</summary>
    public async Task<IReadOnlyList<BulkActView>> ListBulkAsync(CancellationToken cancellationToken = default) =>
        (await _connection.GetAsync($"{_path}/bulk", RestJson.Default.PageBulkActView, cancellationToken)).Items;

    /// <summary>Stops a bulk act before its next slice; what it has done stays.</summary>
    public Task<BulkActView> StopBulkAsync(Guid id, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{_path}/bulk/{id}", RestJson.Default.BulkActView, cancellationToken);

    /// <summary>Why the job has not ended. One that has is a conflict.</summary>
    public Task<JobExplanation> ExplainAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{_path}/{id}/explain", RestJson.Default.JobExplanation, cancellationToken);

    public async Task<IReadOnlyList<AttemptView>> AttemptsAsync(
        JobId id,
        CancellationToken cancellationToken = default
    ) =>
        (
            await _connection.GetAsync($"{_path}/{id}/attempts", RestJson.Default.PageAttemptView, cancellationToken)
        ).Items;

    /// <summary>One page of log lines.</summary>
    /// <param name="attempt">Only of this attempt, counted from 1.</param>
    /// <param name="after">Only lines with a greater sequence.</param>
    public Task<Page<LogLine>> LogsAsync(
        JobId id,
        int? attempt = null,
        long? after = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{_path}/{id}/logs")
                .Add("attempt", attempt)
                .Add("after", after)
                .Add("limit", limit)
                .ToString(),
            RestJson.Default.PageLogLine,
            cancellationToken
        );

    /// <summary>Every log line so far.</summary>
    /// <inheritdoc cref="LogsAsync" path="/param"/>
    public async IAsyncEnumerable<LogLine> AllLogsAsync(
        JobId id,
        int? attempt = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        long? after = null;
        Page<LogLine> page;
        do
        {
            page = await LogsAsync(id, attempt, after, Limits.PageSizeMax, cancellationToken);
            foreach (var line in page.Items)
            {
                after = line.Sequence;
                yield return line;
            }
        } while (page.NextCursor is not null && page.Items.Count > 0);
    }

    /// <summary>
    /// Log lines so far and then as they come, until the job ends. A cut stream goes on where it stopped.
    /// </summary>
    /// <inheritdoc cref="LogsAsync" path="/param"/>
    public async IAsyncEnumerable<LogLine> FollowLogsAsync(
        JobId id,
        int? attempt = null,
        long? after = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var stream = _connection.StreamAsync(
            () =>
                new QueryString($"{_path}/{id}/logs")
                    .Add("follow", "true")
                    .Add("attempt", attempt)
                    .Add("after", after)
                    .ToString(),
            () => null,
            RestJson.Default.LogLine,
            resumeAfterEnd: false,
            opened: null,
            cancellationToken
        );
        await foreach (var line in stream)
        {
            after = line.Sequence;
            yield return line;
        }
    }
}
