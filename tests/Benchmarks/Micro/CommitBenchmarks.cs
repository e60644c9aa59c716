using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Benchmarks.Micro;

/// <summary>
/// Measures whole lives of jobs (added, assigned, finished), each step in a durable commit of a turn. The time is that
/// of the three commits.
/// </summary>
[MemoryDiagnoser]
public class CommitBenchmarks : IAsyncDisposable
{
    private static readonly JobSpec Spec = new() { Method = "reports.render" };
    private static readonly RawJson Params = RawJson.Parse("""{"month":"2026-10"}""");
    private static readonly RawJson Result = RawJson.Parse("""{"pages":12}""");

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-commit-").FullName;
    private LiteDbStore? _store;

    [Params(1, 10, 100)]
    public int Batch { get; set; }

    [GlobalSetup]
    public async Task OpenAsync()
    {
        _store = await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = _folder },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
        await _store.LoadAsync(CancellationToken.None);
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await (_store?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public async Task AddAssignFinishAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        var added = Enumerable.Range(0, Batch).Select(_ => NewJob(now)).ToArray();
        await CommitAsync(added.Select(job => new Change.JobAdded(job, Params)));
        var running = added
            .Select(job =>
                job with
                {
                    State = JobState.Running,
                    Token = 1,
                    AttemptsUsed = 1,
                    Current = NewAttempt(now),
                }
            )
            .ToArray();
        await CommitAsync(running.Select(job => new Change.JobAssigned(job.Id, job.Current!, 1)));
        await CommitAsync(running.Select(job => new Change.JobFinished(Finish(job, now), Result)));
    }

    private static Job NewJob(DateTimeOffset now) =>
        new()
        {
            Id = new JobId(Guid.CreateVersion7()),
            Namespace = Names.DefaultNamespace,
            Spec = Spec,
            State = JobState.Ready,
            RunAt = now,
            EnqueuedAt = now,
            CreatedBy = "benchmark",
        };

    private static Attempt NewAttempt(DateTimeOffset now) =>
        new()
        {
            Token = 1,
            Number = 1,
            Handler = "office-7",
            Instance = "one",
            Session = "session",
            AssignedAt = now,
        };

    private static Job Finish(Job job, DateTimeOffset now) =>
        job with
        {
            State = JobState.Succeeded,
            FinishedAt = now,
            Current = null,
            Ended = [job.Current! with { StartedAt = now, FinishedAt = now, Outcome = AttemptOutcome.Succeeded }],
        };

    private Task CommitAsync(IEnumerable<Change> changes) =>
        _store!.CommitAsync([.. changes], CancellationToken.None).AsTask();
}
