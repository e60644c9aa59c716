using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// Enqueues single jobs. While two requests are under way, further jobs wait for one of them to end, and then travel
/// together in one request. A job that finds fewer under way goes out at once, alone.
/// </summary>
internal sealed class GatheredJobs(RestConnection connection, string path)
{
    /// <summary>How many requests are under way at once, before jobs wait.</summary>
    private const int RequestsMax = 2;

    /// <summary>How deep params may be nested that travel with others: within a request, an array and a job.</summary>
    private const int ParamsDepthMax = JsonConventions.MaxDepth - 3;

    private static readonly RawJson NoParams = new("{}"u8.ToArray());

    /// <summary>
    /// The form of the answer. An item holds a whole job, whose result may be nested as deep as in an answer that is
    /// about that job alone.
    /// </summary>
    private static readonly JsonTypeInfo<BatchAnswer> Answer =
        (JsonTypeInfo<BatchAnswer>)
            new JsonSerializerOptions(RestJson.Default.Options) { MaxDepth = JsonConventions.MaxDepth + 3 }.GetTypeInfo(
                typeof(BatchAnswer)
            );

    /// <summary>How long jobs go out alone after a request with several jobs was refused as a whole.</summary>
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    /// <summary>The jobs that wait, oldest first. Used under the gate, as the two fields below are.</summary>
    private readonly Queue<WaitingJob> _waiting = new();

    /// <summary>The number of requests under way.</summary>
    private int _underWay;

    /// <summary>Up to when jobs go out alone, in milliseconds of the system's uptime.</summary>
    private long _aloneUntil;

    public Task<JobView> EnqueueAsync(JobRequest job, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(job, RestJson.Default.JobRequest);
        var waiting = CanTravelWithOthers(job, body.Length) ? new WaitingJob(job, body) : null;
        return waiting is null || GoesAlone() ? PostAsync(body, cancellationToken)
            : TryWait(waiting) ? AwaitAsync(waiting, cancellationToken)
            : PostFirstAsync(body, cancellationToken);
    }

    private bool GoesAlone()
    {
        lock (_gate)
        {
            return Environment.TickCount64 < _aloneUntil;
        }
    }

    /// <summary>Lets a job wait; false when it may go out at once, and then one request more is under way.</summary>
    private bool TryWait(WaitingJob job)
    {
        lock (_gate)
        {
            if (_underWay < RequestsMax)
            {
                _underWay++;
                return false;
            }

            _waiting.Enqueue(job);
            return true;
        }
    }

    private Task<JobView> PostAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        connection.PostAsync(path, body, RestJson.Default.JobView, cancellationToken);

    private async Task<JobView> PostFirstAsync(byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            return await PostAsync(body, cancellationToken);
        }
        finally
        {
            if (TakeNext() is { } next)
            {
                // Unsafe: nothing that belongs to this caller, such as a trace, goes with the jobs of others.
                ThreadPool.UnsafeQueueUserWorkItem(jobs => _ = PostAllAsync(jobs), next, preferLocal: false);
            }
        }
    }

    /// <summary>Waits as long as a call may take, or until the caller gives up. The others are not affected.</summary>
    private async Task<JobView> AwaitAsync(WaitingJob waiting, CancellationToken cancellationToken)
    {
        try
        {
            return await waiting.Answer.WaitAsync(connection.Timeout, cancellationToken);
        }
        catch (TimeoutException e)
        {
            waiting.GiveUp();
            throw connection.Unanswered(path, e);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            waiting.GiveUp();
            throw;
        }
    }

    /// <summary>Takes the jobs of the next request; null when none waits, and then one request less is under
    /// way.</summary>
    private List<WaitingJob>? TakeNext()
    {
        lock (_gate)
        {
            List<WaitingJob>? taken = null;
            var bytes = GatheredBody.FrameBytes;
            while (_waiting.TryPeek(out var next))
            {
                if (!next.IsWanted)
                {
                    _waiting.Dequeue();
                    continue;
                }

                bytes += next.Body.Length + 1;
                if (taken is not null && (taken.Count == Limits.BatchJobsMax || bytes > Limits.SmallBodyBytesMax))
                {
                    break;
                }

                (taken ??= []).Add(_waiting.Dequeue());
            }

            _underWay -= taken is null ? 1 : 0;
            return taken;
        }
    }

    private async Task PostAllAsync(List<WaitingJob>? jobs)
    {
        for (; jobs is not null; jobs = TakeNext())
        {
            await (jobs is [var only] ? PostAloneAsync(only) : PostTogetherAsync(jobs));
            // The callers who were answered run first. Those who call again at once share the next request.
            await Task.Yield();
        }
    }

    /// <summary>Posts one job by itself, and never throws: the caller of the job gets what happens.</summary>
    private async Task PostAloneAsync(WaitingJob job)
    {
        try
        {
            job.Complete(await PostAsync(job.Body, CancellationToken.None));
        }
        catch (Exception e)
        {
            job.Fail(e);
        }
    }

    /// <summary>Posts jobs with one request, and never throws: the caller of each job gets what happens.</summary>
    private async Task PostTogetherAsync(List<WaitingJob> jobs)
    {
        try
        {
            var answer = await connection.PostAsync(
                $"{path}/batch",
                GatheredBody.Of(jobs),
                Answer,
                CancellationToken.None
            );
            if (answer.Items.Count != jobs.Count)
            {
                throw connection.NotOurs(path, $"It answered {answer.Items.Count} of {jobs.Count} jobs.");
            }

            await Task.WhenAll(jobs.Select((job, place) => TellAsync(job, answer.Items[place])));
        }
        catch (ScheduleZeroException e) when (IsRefusedUnread(e))
        {
            if (IsRefusedAlways(e))
            {
                lock (_gate)
                {
                    _aloneUntil = Environment.TickCount64 + (long)PauseAfterRefusal.TotalMilliseconds;
                }
            }

            await Task.WhenAll(jobs.Select(PostAloneAsync));
        }
        catch (Exception e)
        {
            foreach (var job in jobs)
            {
                job.Fail(e is ScheduleZeroException refused ? refused.Copy() : e);
            }
        }
    }

    private Task TellAsync(WaitingJob job, BatchItem item)
    {
        switch (item)
        {
            case { Status: 201, Job: { } made }:
                job.Complete(made with { Params = job.Request.Params.IsEmpty ? NoParams : job.Request.Params });
                break;
            case { Status: 200, Job: { } first }:
                job.Complete(first);
                break;
            case { Problem: not null, RetryAfterSeconds: 0 }:
                return PostAloneAsync(job);
            case { Problem: { } problem }:
                job.Fail(
                    ScheduleZeroException.FromProblem(
                        (System.Net.HttpStatusCode)item.Status,
                        problem,
                        item.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                        isChallenge: false
                    )
                );
                break;
            default:
                job.Fail(connection.NotOurs(path, $"An item has status {item.Status} and nothing else."));
                break;
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// Whether the request was refused before any of its jobs was looked at, so that each may be posted alone: by a
    /// Broker that does not know such requests, or by something in front of the Broker.
    /// </summary>
    private static bool IsRefusedUnread(ScheduleZeroException e) =>
        (int?)e.Status is 400 or 403 or 404 or 405 or 413 or 415;

    /// <summary>Whether the next such request would be refused as well; not so if a single job is to blame.</summary>
    private static bool IsRefusedAlways(ScheduleZeroException e) =>
        e.Problem?.Errors is not { } errors || errors.ContainsKey("separate");

    /// <summary>
    /// Whether a job may share a request. One that runs after others goes alone, since what a request may name is
    /// limited. So do large ones, and params that could not be read within a request of several jobs.
    /// </summary>
    private static bool CanTravelWithOthers(JobRequest? job, int bytes) =>
        job is { After: null, Ref: null }
        && GatheredBody.FrameBytes + bytes <= Limits.SmallBodyBytesMax
        && (job.Params.IsEmpty || IsOneValue(job.Params.Utf8.Span));

    private static bool IsOneValue(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = ParamsDepthMax });
        try
        {
            while (reader.Read())
            {
                // Reading to the end is the check.
            }

            return System.Text.Unicode.Utf8.IsValid(utf8);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
