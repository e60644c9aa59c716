using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Fills a store through its own interface, with whole lives of jobs (added, assigned, finished) and with waiting jobs.
/// </summary>
internal sealed class SearchFill(LiteDbStore store)
{
    public const int Methods = 20;
    public const int Handlers = 50;

    private const int PerCommit = 200;
    private static readonly RawJson Params = RawJson.Parse("""{"month":"2026-10","customer":4711}""");
    private static readonly RawJson Result = RawJson.Parse("""{"pages":12}""");
    private static readonly TimeSpan Span = TimeSpan.FromHours(20);

    public static async Task<LiteDbStore> OpenAsync(string folder)
    {
        var store = await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = folder },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
        await store.LoadAsync(CancellationToken.None);
        return store;
    }

    /// <summary>
    /// Adds finished jobs that ended over the time up to now, or each at the moment of its write. Returns how many
    /// lives the store accepted in a second.
    /// </summary>
    public async Task<double> FinishAsync(int count, bool now)
    {
        var start = TimeProvider.System.GetUtcNow() - Span;
        var watch = Stopwatch.StartNew();
        for (var from = 0; from < count; from += PerCommit)
        {
            var jobs = Enumerable
                .Range(from, Math.Min(PerCommit, count - from))
                .Select(i => Make(i, now ? TimeProvider.System.GetUtcNow() : start + (Span * ((double)i / count))))
                .ToList();
            await CommitAsync(jobs.Select(job => new Change.JobAdded(job, Params)));
            var running = jobs.ConvertAll(job =>
                job with
                {
                    State = JobState.Running,
                    Token = 1,
                    AttemptsUsed = 1,
                    Current = Attempt(job),
                }
            );
            await CommitAsync(running.Select(job => new Change.JobAssigned(job.Id, job.Current!, 1)));
            await CommitAsync(running.Select(job => new Change.JobFinished(Finish(job), Result)));
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Adds waiting jobs: one in ten waits for its time, the others for a handler.</summary>
    public async Task WaitAsync(int count)
    {
        var now = TimeProvider.System.GetUtcNow();
        for (var from = 0; from < count; from += PerCommit)
        {
            await CommitAsync(
                Enumerable
                    .Range(from, Math.Min(PerCommit, count - from))
                    .Select(i =>
                    {
                        var job = Make(i, now - Span + (Span * ((double)i / count)));
                        return new Change.JobAdded(
                            i % 10 == 0 ? job with { State = JobState.Scheduled, RunAt = now.AddDays(1) } : job,
                            Params
                        );
                    })
            );
        }
    }

    private static Job Make(int i, DateTimeOffset at) =>
        new()
        {
            Id = new JobId(Guid.CreateVersion7(at)),
            Namespace = Names.DefaultNamespace,
            Spec = new JobSpec
            {
                Method = $"method.m{i % Methods}",
                Group = i % 100 == 1 ? "emea" : null,
                Tags =
                    i % 1_000 == 2 ? ["rare", "blue"]
                    : i % 3 == 0 ? ["blue"]
                    : null,
            },
            State = JobState.Ready,
            RunAt = at,
            EnqueuedAt = at,
            CreatedBy = "load",
            Occurrence =
                i % 200 == 5 ? new Occurrence(new ScheduleId(new Guid(7, 7, 7, new byte[8])), "nightly", 1, at) : null,
        };

    private static Attempt Attempt(Job job) =>
        new()
        {
            Token = 1,
            Number = 1,
            Handler = $"office-{job.Id.Value.ToByteArray()[15] % Handlers}",
            Instance = "one",
            Session = "session",
            AssignedAt = job.EnqueuedAt,
        };

    // Of 256 jobs two fail and one is cancelled; none expires.
    private static Job Finish(Job job)
    {
        var draw = job.Id.Value.ToByteArray()[14];
        var end = job.EnqueuedAt.AddMilliseconds(100 + draw);
        var (state, outcome) = draw switch
        {
            < 2 => (JobState.Failed, AttemptOutcome.Failed),
            2 => (JobState.Cancelled, AttemptOutcome.Cancelled),
            _ => (JobState.Succeeded, AttemptOutcome.Succeeded),
        };
        return job with
        {
            State = state,
            FinishedAt = end,
            Current = null,
            Ended = [job.Current! with { StartedAt = job.EnqueuedAt, FinishedAt = end, Outcome = outcome }],
            Error =
                state == JobState.Failed
                    ? new AttemptError { Type = "Boom", Message = "The printer is on fire." }
                    : null,
        };
    }

    private Task CommitAsync(IEnumerable<Change> changes) =>
        store.CommitAsync([.. changes], CancellationToken.None).AsTask();
}
