using System.Runtime.CompilerServices;
using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Jobs of the client's namespace.</summary>
public sealed class JobsClient
{
    /// <summary>How much longer than usual a dry run may take: the Broker reads every job before it answers.</summary>
    private static readonly TimeSpan DryRunWait = TimeSpan.FromMinutes(5);

    /// <summary>A place behind every line of a log.</summary>
    private const long EndOfLog = (1L << 53) - 1;

    private readonly RestConnection _connection;
    private readonly string _path;

    /// <summary>Gathers the jobs of concurrent calls; null when each call makes a request of its own.</summary>
    private readonly GatheredJobs? _gathered;

    /// <param name="gathers">Whether concurrent calls of <c>EnqueueAsync</c> share requests.</param>
    internal JobsClient(RestConnection connection, bool gathers)
    {
        _connection = connection;
        _path = connection.InNamespace("jobs");
        _gathered = gathers ? new GatheredJobs(connection, _path) : null;
    }

    /// <summary>
    /// Enqueues a job. The job is on the Broker's disk when the task completes. The answer to a duplicate is the first
    /// job. Concurrent calls may share a request: see <see cref="ScheduleZeroClientOptions.GathersJobs"/>.
    /// </summary>
    public Task<JobView> EnqueueAsync(JobRequest job, CancellationToken cancellationToken = default) =>
        _gathered is { } gathered
            ? gathered.EnqueueAsync(job, cancellationToken)
            : _connection.PostAsync(
                _path,
                job,
                RestJson.Default.JobRequest,
                RestJson.Default.JobView,
                cancellationToken
            );

    /// <summary>Enqueues a job with the default settings.</summary>
    /// <param name="json">How the params are written as JSON; null for the protocol's conventions.</param>
    public Task<JobView> EnqueueAsync<TParams>(
        string method,
        TParams parameters,
        JsonSerializerOptions? json = null,
        CancellationToken cancellationToken = default
    ) => EnqueueAsync(new JobRequest { Method = method, Params = RawJson.From(parameters, json) }, cancellationToken);

    /// <summary>
    /// Enqueues a job and waits for the job's end. The job may be unfinished when the wait is over:
    /// <see cref="JobView.State"/> tells. A failed job is an answer, not an exception. Read the result with
    /// <c>job.Result.To&lt;T&gt;()</c>.
    /// </summary>
    /// <param name="wait">How long the Broker holds its answer; the Broker may have a bound of its own.</param>
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
    /// Enqueues up to 1,000 jobs in one commit. Each job has its own answer, in order: a job that is refused does not
    /// stop the others.
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
            cancellationToken
        );

    /// <summary>
    /// Enqueues up to 1,000 jobs in one commit, all or none. The jobs may name each other: give one a
    /// <see cref="JobRequest.Ref"/> such as <c>a</c>, and another <see cref="JobRequest.After"/> <c>#a</c>. The answers
    /// are in the order of the jobs.
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

    /// <summary>Lists all jobs of the filter, reading page after page.</summary>
    public IAsyncEnumerable<JobView> ListAllAsync(
        JobFilter? filter = null,
        CancellationToken cancellationToken = default
    ) => Paging.AllAsync((cursor, token) => ListAsync(filter, cursor, token), null, cancellationToken);

    /// <summary>
    /// Counts the jobs of the filter in each state; the filter names no state of its own. The numbers of a whole
    /// namespace are exact; with a filter, <see cref="JobCounts.AtLeast"/> names the states of which there may be more.
    /// </summary>
    public Task<JobCounts> CountAsync(BulkFilter? filter = null, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(
            new JobFilter(filter ?? new BulkFilter()).ToPath($"{_path}/counts", cursor: null),
            RestJson.Default.JobCounts,
            cancellationToken
        );

    /// <summary>
    /// Cancels a job. The handler of a running job is asked to stop the attempt, and gets the grace for it.
    /// </summary>
    public Task<JobView> CancelAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{_path}/{id}/cancel", RestJson.Default.JobView, cancellationToken);

    /// <summary>Tries a waiting job again now, without the rest of the job's backoff.</summary>
    public Task<JobView> RetryAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{_path}/{id}/retry", RestJson.Default.JobView, cancellationToken);

    /// <summary>Replays a failed job. The answer is the new job, which names the failed one.</summary>
    public Task<JobView> ReplayAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.PostAsync($"{_path}/{id}/replay", RestJson.Default.JobView, cancellationToken);

    /// <summary>Replays a job with other params. The answer is the new job, which names the old one.</summary>
    public Task<JobView> ReplayAsync(JobId id, RawJson parameters, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            $"{_path}/{id}/replay",
            new ReplayRequest { Params = parameters },
            RestJson.Default.ReplayRequest,
            RestJson.Default.JobView,
            cancellationToken
        );

    /// <summary>Changes the priority of a job that waits.</summary>
    /// <param name="priority">−100 to 100, higher first.</param>
    public Task<JobView> PrioritiseAsync(JobId id, int priority, CancellationToken cancellationToken = default) =>
        ChangeAsync(id, new JobPatch(priority), cancellationToken);

    /// <summary>
    /// Changes a job that waits: its priority, and while no attempt was made also its time and its params. A job that
    /// cannot be changed any more is a conflict, and so is one at another version than
    /// <see cref="JobPatch.IfVersion"/>.
    /// </summary>
    public Task<JobView> ChangeAsync(JobId id, JobPatch changes, CancellationToken cancellationToken = default) =>
        _connection.PatchAsync(
            $"{_path}/{id}",
            changes,
            RestJson.Default.JobPatch,
            RestJson.Default.JobView,
            cancellationToken
        );

    /// <summary>
    /// Begins a bulk act on every job that matches. The Broker answers at once, while the act goes on; it answers a dry
    /// run after counting. Give the request an id of your own to be able to ask again when no answer came: the Broker
    /// acts once on an id.
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

    /// <summary>Reads how far a bulk act has come.</summary>
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

    /// <summary>Lists the bulk acts since the Broker started, newest first.</summary>
    public async Task<IReadOnlyList<BulkActView>> ListBulkAsync(CancellationToken cancellationToken = default) =>
        (await _connection.GetAsync($"{_path}/bulk", RestJson.Default.PageBulkActView, cancellationToken)).Items;

    /// <summary>Stops a bulk act before the next slice. What the act has done stays.</summary>
    public Task<BulkActView> StopBulkAsync(Guid id, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{_path}/bulk/{id}", RestJson.Default.BulkActView, cancellationToken);

    /// <summary>Explains why a job has not ended. A finished job is a conflict.</summary>
    public Task<JobExplanation> ExplainAsync(JobId id, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{_path}/{id}/explain", RestJson.Default.JobExplanation, cancellationToken);

    /// <summary>
    /// Reads a job's neighbours in its chain: the jobs that it runs after and the jobs that run after it, two steps far
    /// and at most 12 on each side.
    /// </summary>
    public async Task<IReadOnlyList<ChainedJob>> ChainAsync(JobId id, CancellationToken cancellationToken = default) =>
        (await _connection.GetAsync($"{_path}/{id}/chain", RestJson.Default.PageChainedJob, cancellationToken)).Items;

    public async Task<IReadOnlyList<AttemptView>> AttemptsAsync(
        JobId id,
        CancellationToken cancellationToken = default
    ) =>
        (
            await _connection.GetAsync($"{_path}/{id}/attempts", RestJson.Default.PageAttemptView, cancellationToken)
        ).Items;

    /// <summary>Reads one page of a job's log lines.</summary>
    /// <param name="attempt">Only lines of this attempt, counted from 1; null for lines of all attempts.</param>
    /// <param name="after">Only lines with a greater sequence; null for all lines.</param>
    /// <param name="level">Only lines of this level and above, such as <c>warning</c>; null for all levels.</param>
    public Task<Page<LogLine>> LogsAsync(
        JobId id,
        int? attempt = null,
        long? after = null,
        int? limit = null,
        string? level = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{_path}/{id}/logs")
                .Add("attempt", attempt)
                .Add("after", after)
                .Add("level", level)
                .Add("limit", limit)
                .ToString(),
            RestJson.Default.PageLogLine,
            cancellationToken
        );

    /// <summary>
    /// Reads the last log lines of a job before a place, oldest first. The page's
    /// <see cref="Page{T}.NextCursor"/> is the place before which the next older lines are read.
    /// </summary>
    /// <param name="before">Only lines with a smaller sequence; null for the end of the log.</param>
    /// <inheritdoc cref="LogsAsync" path="/param"/>
    public Task<Page<LogLine>> LastLogsAsync(
        JobId id,
        long? before = null,
        int? limit = null,
        int? attempt = null,
        string? level = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString($"{_path}/{id}/logs")
                .Add("before", before ?? EndOfLog)
                .Add("attempt", attempt)
                .Add("level", level)
                .Add("limit", limit)
                .ToString(),
            RestJson.Default.PageLogLine,
            cancellationToken
        );

    /// <summary>Reads every log line that a job has so far, page after page.</summary>
    /// <inheritdoc cref="LogsAsync" path="/param"/>
    public async IAsyncEnumerable<LogLine> AllLogsAsync(
        JobId id,
        int? attempt = null,
        string? level = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        long? after = null;
        Page<LogLine> page;
        do
        {
            page = await LogsAsync(id, attempt, after, Limits.PageSizeMax, level, cancellationToken);
            foreach (var line in page.Items)
            {
                after = line.Sequence;
                yield return line;
            }
        } while (page.NextCursor is not null && page.Items.Count > 0);
    }

    /// <summary>
    /// Reads the log lines that a job has, and then each new line as it comes, until the job ends. A stream that is cut
    /// goes on where it stopped.
    /// </summary>
    /// <inheritdoc cref="LogsAsync" path="/param"/>
    public async IAsyncEnumerable<LogLine> FollowLogsAsync(
        JobId id,
        int? attempt = null,
        long? after = null,
        string? level = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var stream = _connection.StreamAsync(
            () =>
                new QueryString($"{_path}/{id}/logs")
                    .Add("follow", "true")
                    .Add("attempt", attempt)
                    .Add("after", after)
                    .Add("level", level)
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
