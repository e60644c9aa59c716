using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;

namespace ScheduleZero.Storage.Tests;

/// <summary>
/// Files that no crash leaves behind. The error message says so, and promises nothing that is not true.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BrokenCopyTests
{
    private const string Data = "broker.db";
    private const string Log = "broker.log";

    private readonly SimulatedDisk _disk = new(1);

    [Test]
    public async Task Copy_whose_log_was_taken_after_its_data_is_told_from_a_crash()
    {
        await using var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        var data = _disk.Read(Data);
        await CommitAsync(store, 30);
        AssertNotWhole(data, _disk.Read(Log));
    }

    [Test]
    public async Task Copy_whose_data_was_taken_after_its_log_is_told_from_a_crash()
    {
        await using var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        var log = _disk.Read(Log);
        await CommitAsync(store, 30);
        AssertNotWhole(_disk.Read(Data), log);
    }

    [Test]
    public async Task Copy_of_which_half_of_the_data_is_older_is_told_from_a_crash([Values] bool firstHalfIsOlder)
    {
        await using var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        var older = _disk.Read(Data);
        await CommitAsync(store, 30);
        var newer = _disk.Read(Data);
        await CommitAsync(store, 30);
        var half = older.Length / 2;
        byte[] data = firstHalfIsOlder ? [.. older[..half], .. newer[half..]] : [.. newer[..half], .. older[half..]];
        AssertNotWhole(data, _disk.Read(Log));
    }

    [Test]
    public async Task Folder_without_its_log_is_told_from_a_first_start()
    {
        var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        await store.DisposeAsync();
        var copy = new SimulatedDisk(2);
        copy.Overwrite(Data, _disk.Read(Data));
        Assert.That(
            async () => await OpenAsync(copy),
            Throws
                .TypeOf<StoreFailedException>()
                .With.Message.Contains("there is a broker.db and no broker.log")
                .And.Message.Contains("may be missing")
        );
    }

    [Test]
    public async Task Data_that_was_cut_short_is_not_taken_for_a_first_start()
    {
        var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        await store.DisposeAsync();
        AssertNotWhole([], _disk.Read(Log));
    }

    [Test]
    public async Task Copy_between_two_checkpoints_opens_with_all_that_was_acknowledged()
    {
        await using var store = await OpenAsync(_disk, checkpointPages: 10_000);
        await CommitAsync(store, 30);
        var copy = new SimulatedDisk(2);
        copy.Overwrite(Data, _disk.Read(Data));
        copy.Overwrite(Log, _disk.Read(Log));
        await using var opened = await OpenAsync(copy);
        Assert.That((await opened.LoadAsync(CancellationToken.None)).Jobs, Has.Count.EqualTo(30));
    }

    [Test]
    public async Task Damaged_data_is_not_said_to_have_everything()
    {
        var store = await OpenAsync(_disk);
        await CommitAsync(store, 60);
        await store.DisposeAsync();
        var data = _disk.Read(Data);
        Array.Clear(data, 8192, data.Length - 8192);
        _disk.Overwrite(Data, data);
        Assert.That(
            async () => await OpenAsync(_disk),
            Throws
                .TypeOf<StoreFailedException>()
                .With.Message.Contains("damaged")
                .And.Message.Contains("may be missing")
                .And.Message.Not.Contains("is lost")
        );
    }

    [Test]
    public async Task Disk_that_fails_at_a_start_is_not_called_a_broken_copy()
    {
        var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        await store.DisposeAsync();
        _disk.FailsToSync = true;
        Assert.That(
            async () => await OpenAsync(_disk),
            Throws
                .TypeOf<StoreFailedException>()
                .With.Message.Contains("Check the disk")
                .And.Message.Not.Contains("copy")
                .And.Message.Not.Contains("may be missing")
        );
        _disk.FailsToSync = false;
        await using var again = await OpenAsync(_disk);
        Assert.That((await again.LoadAsync(CancellationToken.None)).Jobs, Has.Count.EqualTo(30));
    }

    private static void AssertNotWhole(byte[] data, byte[] log)
    {
        var copy = new SimulatedDisk(2);
        copy.Overwrite(Data, data);
        copy.Overwrite(Log, log);
        Assert.That(
            async () => await OpenAsync(copy),
            Throws
                .TypeOf<StoreFailedException>()
                .With.Message.Contains("not of the same moment")
                .And.Message.Contains("copy")
                .And.Message.Contains("may be missing")
                .And.Message.Not.Contains("is lost")
        );
    }

    private static Task<LiteDbStore> OpenAsync(SimulatedDisk disk, int checkpointPages = 10) =>
        LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = "simulated",
                OpenFolder = disk.Open,
                AppliesWhenIdle = false,
                CheckpointPages = checkpointPages,
            },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );

    // Each commit writes a page or two, so 30 commits cause checkpoints. The read at the end waits for the last
    // checkpoint.
    private static async Task CommitAsync(LiteDbStore store, int jobs)
    {
        var job = Given.Job();
        for (var i = 0; i < jobs; i++)
        {
            job = Given.Job(TimeSpan.FromSeconds(i));
            await store.CommitAsync([job.Added()], CancellationToken.None);
        }

        for (var i = 0; i < 2; i++)
        {
            await store.FindPresentAsync([job.Id], CancellationToken.None);
        }
    }
}
