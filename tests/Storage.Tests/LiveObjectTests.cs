using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>Counts the objects of finished jobs that the store still holds in memory.</summary>
public sealed class LiveObjectTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(2_000, 20)]
    [TestCase(40, 255 * 1024)]
    public async Task Nothing_of_a_finished_job_stays_in_memory_once_it_is_in_the_history(int jobs, int bodyBytes)
    {
        _folder.Empty();
        await using var store = await OpenAsync();
        var made = new List<WeakReference>();
        await FinishAsync(store, jobs, bodyBytes, made);
        await MoveToHistoryAsync(store);

        Assert.That(CountAlive(made), Is.Zero, $"of {made.Count} jobs, params and results");
    }

    [Test]
    public async Task Nothing_of_a_waiting_job_stays_in_memory_once_it_is_in_its_collection()
    {
        _folder.Empty();
        await using var store = await OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = _folder.Path,
                BallastBytes = 0,
                OverlayBytesMax = 64 * 1024,
                JournalBytesMax = 64 * 1024,
            }
        );
        var made = new List<WeakReference>();
        await AddAsync(store, 2_000, made);
        await MoveToHistoryAsync(store);

        // The bound of the overlay allows some 130 params. At four times this bound commits would have waited.
        Assert.That(CountAlive(made), Is.LessThan(1_500), $"of {made.Count} params");
    }

    private Task<LiteDbStore> OpenAsync() =>
        OpenAsync(new LiteDbStoreOptions { Folder = _folder.Path, BallastBytes = 0 });

    private static Task<LiteDbStore> OpenAsync(LiteDbStoreOptions options) =>
        LiteDbStore.OpenAsync(options, TimeProvider.System, NullLogger.Instance, CancellationToken.None);

    // Pruning moves waiting changes out of the journal, as an idle store does. No job is old enough to be pruned.
    private static async Task MoveToHistoryAsync(LiteDbStore store) =>
        await store.PruneAsync(DateTimeOffset.UnixEpoch, CancellationToken.None);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task FinishAsync(LiteDbStore store, int jobs, int bodyBytes, List<WeakReference> made)
    {
        for (var i = 0; i < jobs; i++)
        {
            var job = Given.Job(TimeSpan.FromSeconds(i));
            var (parameters, result) = (Body(bodyBytes, made), Body(bodyBytes, made));
            var ended = job.Ended(JobState.Succeeded, TimeSpan.FromSeconds(i), Given.Attempt());
            made.Add(new WeakReference(job));
            made.Add(new WeakReference(ended));
            await store.CommitAsync([job.Added(parameters)], CancellationToken.None);
            await store.CommitAsync([new Change.JobAssigned(job.Id, Given.Attempt(), 1)], CancellationToken.None);
            await store.CommitAsync([ended.Finished(result)], CancellationToken.None);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task AddAsync(LiteDbStore store, int jobs, List<WeakReference> made)
    {
        for (var i = 0; i < jobs; i++)
        {
            await store.CommitAsync([Given.Job(TimeSpan.FromSeconds(i)).Added(Body(40, made))], CancellationToken.None);
        }
    }

    private static RawJson Body(int bytes, List<WeakReference> made)
    {
        var body = RawJson.Parse($"\"{new string('x', bytes)}\"");
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(body.Utf8, out var segment);
        made.Add(new WeakReference(segment.Array));
        return body;
    }

    private static int CountAlive(List<WeakReference> made)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return made.Count(reference => reference.IsAlive);
    }
}
