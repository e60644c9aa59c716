using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Storage.Tests;

public sealed class PowerCutTests
{
    [Test]
    public async Task Nothing_acknowledged_is_lost_in_simulated_power_cuts()
    {
        var runs = int.Parse(
            Environment.GetEnvironmentVariable("SZ_POWER_CUTS") ?? "200",
            CultureInfo.InvariantCulture
        );
        var firstSeed = int.Parse(Environment.GetEnvironmentVariable("SZ_SEED") ?? "1", CultureInfo.InvariantCulture);
        var acknowledged = 0;
        for (var seed = firstSeed; seed < firstSeed + runs; seed++)
        {
            acknowledged += await RunAsync(seed);
        }

        await TestContext.Out.WriteLineAsync(
            $"{runs} power cuts from seed {firstSeed}, {acknowledged} acknowledged commits, none lost"
        );
        Assert.That(acknowledged, Is.GreaterThan(runs));
    }

    [Test]
    public async Task Failing_sync_is_final_and_never_acknowledged()
    {
        var disk = new SimulatedDisk(1);
        await using var store = await OpenAsync(disk);
        var kept = Given.Job();
        await store.CommitAsync([kept.Added()], CancellationToken.None);
        disk.FailsToSync = true;
        Assert.That(
            async () => await store.CommitAsync([Given.Job().Added()], CancellationToken.None),
            Throws.TypeOf<StoreFailedException>()
        );
        disk.FailsToSync = false;
        Assert.That(
            async () => await store.CommitAsync([Given.Job().Added()], CancellationToken.None),
            Throws.TypeOf<StoreFailedException>()
        );
        Assert.That(
            async () => await store.FindJobAsync("default", kept.Id, CancellationToken.None),
            Throws.TypeOf<StoreFailedException>()
        );
        Assert.That(
            async () => await store.ReadParamsAsync([kept.Id], CancellationToken.None),
            Throws.TypeOf<StoreFailedException>()
        );
        await store.DisposeAsync();
        disk.Cut();
        await using var again = await OpenAsync(disk);
        Assert.That(await again.FindJobAsync("default", kept.Id, CancellationToken.None), Is.Not.Null);
    }

    private static async Task<LiteDbStore> OpenAsync(SimulatedDisk disk) =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = "simulated",
                OpenFolder = disk.Open,
                FinishedJobsMax = 6,
                SliceRows = 4,
                OverlayBytesMax = 6_000,
                JournalBytesMax = 6_000,
                CheckpointPages = 40,
            },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );

    // Cuts the power of one store up to three times. After each cut every acknowledged commit must be there; the commit
    // that was under way may be there as a whole.
    private static async Task<int> RunAsync(int seed)
    {
        var disk = new SimulatedDisk(seed);
        var chance = new Random(seed);
        var (open, ended) = (new Dictionary<JobId, Job>(), new HashSet<JobId>());
        var acknowledged = 0;
        for (var life = 0; life < 3; life++)
        {
            disk.CutAt = chance.Next(3, 250);
            acknowledged += await LiveAsync(disk, chance, open, ended);
            disk.Cut();
            await CheckAsync(disk, open, ended, seed);
        }

        return acknowledged;
    }

    private static async Task<int> LiveAsync(
        SimulatedDisk disk,
        Random chance,
        Dictionary<JobId, Job> open,
        HashSet<JobId> ended
    )
    {
        var acknowledged = 0;
        LiteDbStore? store = null;
        try
        {
            store = await OpenAsync(disk);
            for (var i = 0; i < 60; i++)
            {
                var added = Enumerable.Range(0, chance.Next(1, 4)).Select(_ => Given.Job()).ToList();
                var finished = open.Values.Where(_ => chance.Next(4) == 0).ToList();
                await store.CommitAsync(
                    [
                        .. added.Select(job =>
                            job.Added(RawJson.Parse($"\"{job.Id}{new string('p', chance.Next(1_500))}\""))
                        ),
                        .. finished.Select(job => new Change.JobAssigned(job.Id, Given.Attempt(), 1)),
                        .. finished.Select(job => job.Ended().Finished(RawJson.Parse($"\"{job.Id}\""))),
                    ],
                    CancellationToken.None
                );
                acknowledged++;
                added.ForEach(job => open[job.Id] = job);
                finished.ForEach(job => ended.Add(job.Id));
                finished.ForEach(job => open.Remove(job.Id));
            }
        }
        catch (Exception e) when (e is StoreFailedException or IOException)
        {
            // The power cut ends the commits.
        }

        if (store is not null)
        {
            await store.DisposeAsync();
        }

        return acknowledged;
    }

    private static async Task CheckAsync(
        SimulatedDisk disk,
        Dictionary<JobId, Job> open,
        HashSet<JobId> ended,
        int seed
    )
    {
        await using var store = await OpenAsync(disk);
        var loaded = (await store.LoadAsync(CancellationToken.None)).Jobs.ToDictionary(job => job.Id);
        foreach (var id in ended)
        {
            var found = await store.FindJobAsync("default", id, CancellationToken.None);
            Assert.That(found?.Job.IsFinished, Is.True, $"Seed {seed}: finished job {id}");
            Assert.That(found!.Result.ToString(), Is.EqualTo($"\"{id}\""), $"Seed {seed}");
            Assert.That(found.Params.ToString(), Does.StartWith($"\"{id}"), $"Seed {seed}");
            Assert.That(loaded, Does.Not.ContainKey(id), $"Seed {seed}: finished and waiting at once");
        }

        foreach (var id in open.Keys)
        {
            var found = await store.FindJobAsync("default", id, CancellationToken.None);
            Assert.That(found, Is.Not.Null, $"Seed {seed}: job {id} is lost");
            Assert.That(found!.Job.IsFinished || loaded.ContainsKey(id), $"Seed {seed}: job {id} is not loaded");
            Assert.That(found.Params.ToString(), Does.StartWith($"\"{id}"), $"Seed {seed}");
        }

        // A commit that was under way counts as acknowledged from here on if it is there.
        foreach (var id in open.Keys.Where(id => !loaded.ContainsKey(id)).ToList())
        {
            open.Remove(id);
            ended.Add(id);
        }

        foreach (var job in loaded.Values)
        {
            open[job.Id] = job;
        }
    }
}
