using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Storage.Tests;

/// <summary>
/// Files that no crash leaves behind. The error message says so, and promises nothing that is not true.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BrokenCopyTests
{
    private const string Data = "broker.db";
    private const string Log = "broker.log";
    private const string JournalA = "broker.journal-a";
    private const string JournalB = "broker.journal-b";

    /// <summary>The position of the first commit, behind the two copies of the header.</summary>
    private const int FirstCommit = 8192;

    private readonly SimulatedDisk _disk = new(1);
    private readonly List<JobId> _finished = [];

    [Test]
    public async Task Copy_whose_log_was_taken_after_its_data_is_told_from_a_crash()
    {
        await using var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        var data = _disk.Read(Data);
        await CommitAsync(store, 30);
        AssertNotWhole((Data, data));
    }

    [Test]
    public async Task Copy_whose_data_was_taken_after_its_log_is_told_from_a_crash()
    {
        await using var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        var log = _disk.Read(Log);
        await CommitAsync(store, 30);
        AssertNotWhole((Log, log));
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
        AssertNotWhole((Data, data));
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
        AssertNotWhole((Data, []));
    }

    [Test]
    public async Task Copy_whose_journal_is_older_is_told_from_a_crash()
    {
        await using var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        var journal = (A: _disk.Read(JournalA), B: _disk.Read(JournalB));
        await CommitAsync(store, 30);
        AssertNotWhole((JournalA, journal.A), (JournalB, journal.B));
    }

    [Test]
    public async Task Copy_whose_journal_is_newer_by_more_than_it_holds_is_told_from_a_crash()
    {
        await using var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        var (data, log) = (_disk.Read(Data), _disk.Read(Log));
        await CommitAsync(store, 120);
        AssertNotWhole((Data, data), (Log, log));
    }

    [Test]
    public async Task Copy_whose_journal_is_newer_opens_with_all_that_was_acknowledged_when_it_holds_what_is_missing()
    {
        await using var store = await OpenAsync(_disk, journalBytesMax: 1 << 20);
        await CommitAsync(store, 30);
        var (data, log) = (_disk.Read(Data), _disk.Read(Log));
        await CommitAsync(store, 30);
        await AssertFoundAsync(Copy((Data, data), (Log, log)));
    }

    [Test]
    public async Task Journal_of_another_store_is_not_taken()
    {
        await using var store = await OpenAsync(_disk);
        await CommitAsync(store, 5);
        var other = new SimulatedDisk(3);
        await using var another = await OpenAsync(other);
        await CommitAsync(another, 5);
        AssertFails(Copy((JournalA, other.Read(JournalA)), (JournalB, other.Read(JournalB))), "of different stores");
    }

    [Test]
    public async Task Folder_without_its_journal_is_told_from_a_first_start()
    {
        var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        await store.DisposeAsync();
        AssertFails(Copy((JournalA, []), (JournalB, [])), "there is a broker.db and no journal beside it");
    }

    [Test]
    public async Task Journal_without_its_data_is_told_from_a_first_start()
    {
        var store = await OpenAsync(_disk);
        await CommitAsync(store, 30);
        await store.DisposeAsync();
        var copy = new SimulatedDisk(2);
        copy.Overwrite(JournalA, _disk.Read(JournalA));
        copy.Overwrite(JournalB, _disk.Read(JournalB));
        AssertFails(copy, "does not know of the journal beside it");
    }

    [Test]
    public async Task Commit_that_the_disk_has_changed_is_not_passed_over([Range(1, 30)] int seed)
    {
        var store = await OpenAsync(_disk, journalBytesMax: 1 << 20);
        await CommitAsync(store, 30);
        var chance = new Random(seed);
        var name = _disk.Read(JournalA).Length > _disk.Read(JournalB).Length ? JournalA : JournalB;
        var journal = _disk.Read(name);
        var ended = Array.FindLastIndex(journal, value => value != 0);

        // The last commit may have been under way when the power went, so damage of it is not told from that.
        var at = chance.Next(FirstCommit, ended - 1_000);
        journal[at] ^= (byte)(1 << chance.Next(8));
        AssertFails(Copy((name, journal)), "damaged", "does not read back as it was written");
    }

    [Test]
    public async Task Journal_that_was_cut_or_padded_opens_as_a_clean_prefix([Range(1, 20)] int seed)
    {
        var store = await OpenAsync(_disk, journalBytesMax: 1 << 20, finishedMax: 1_000);
        await CommitAsync(store, 30);
        var chance = new Random(seed);
        var name = _disk.Read(JournalA).Length > _disk.Read(JournalB).Length ? JournalA : JournalB;
        var journal = _disk.Read(name);
        var at = chance.Next(FirstCommit, journal.Length);
        var isCut = seed % 2 == 0;
        journal = isCut ? journal[..at] : [.. journal, .. new byte[at]];
        chance.NextBytes(journal.AsSpan(isCut ? at : journal.Length - at));
        await using var opened = await OpenAsync(Copy((name, journal)));
        var found = await opened.FindPresentAsync(_finished, CancellationToken.None);
        Assert.That(found, Is.EquivalentTo(_finished.Take(found.Count)));
        Assert.That(found, Has.Count.EqualTo(30).Or.Count.LessThan(isCut ? 30 : 0), "Padding takes nothing away.");
    }

    [Test]
    public async Task Log_of_LiteDB_that_was_torn_flipped_or_padded_loses_nothing_that_the_journal_holds(
        [Range(1, 40)] int seed
    )
    {
        await using var store = await OpenAsync(_disk, checkpointPages: 10_000, journalBytesMax: 1 << 20);
        await CommitAsync(store, 12);
        var log = _disk.Read(Log);
        var chance = new Random(seed);
        var at = chance.Next(600, log.Length);
        switch (seed % 3)
        {
            case 0:
                log = log[..at];
                break;
            case 1:
                log[at] ^= 0x10;
                break;
            default:
                log = [.. log, .. new byte[at]];
                chance.NextBytes(log.AsSpan(log.Length - at));
                break;
        }

        await AssertFoundAsync(Copy((Log, log)));
    }

    [Test]
    public async Task One_of_the_two_copies_of_a_journals_header_is_enough([Values(0, 4096)] int at)
    {
        var store = await OpenAsync(_disk, journalBytesMax: 1 << 20);
        await CommitAsync(store, 30);
        var copy = Copy();
        foreach (var name in new[] { JournalA, JournalB })
        {
            var journal = _disk.Read(name);
            Array.Clear(journal, at, 100);
            copy.Overwrite(name, journal);
        }

        await AssertFoundAsync(copy);
    }

    [Test]
    public async Task Copy_between_two_checkpoints_opens_with_all_that_was_acknowledged()
    {
        await using var store = await OpenAsync(_disk, checkpointPages: 10_000);
        await CommitAsync(store, 30);
        await AssertFoundAsync(Copy());
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
        await AssertFoundAsync(_disk);
    }

    // The files as they are now, with other bytes in some of them.
    private SimulatedDisk Copy(params (string Name, byte[] Bytes)[] others)
    {
        var copy = new SimulatedDisk(2);
        foreach (var name in new[] { Data, Log, JournalA, JournalB })
        {
            copy.Overwrite(name, _disk.Read(name));
        }

        foreach (var (name, bytes) in others)
        {
            copy.Overwrite(name, bytes);
        }

        return copy;
    }

    private void AssertNotWhole(params (string Name, byte[] Bytes)[] others) =>
        AssertFails(Copy(others), "not of the same moment", "copy");

    private static void AssertFails(SimulatedDisk disk, params string[] words) =>
        Assert.That(
            async () => await OpenAsync(disk),
            Throws
                .TypeOf<StoreFailedException>()
                .With.Message.Contains(words[0])
                .And.Message.Contains(words[^1])
                .And.Message.Contains("may be missing")
                .And.Message.Not.Contains("is lost")
        );

    private async Task AssertFoundAsync(SimulatedDisk disk)
    {
        await using var opened = await OpenAsync(disk);
        Assert.That(await opened.FindPresentAsync(_finished, CancellationToken.None), Is.EquivalentTo(_finished));
    }

    private static Task<LiteDbStore> OpenAsync(
        SimulatedDisk disk,
        int checkpointPages = 10,
        long journalBytesMax = 10_000,
        int finishedMax = 1
    ) =>
        LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = "simulated",
                OpenFolder = disk.Open,
                AppliesWhenIdle = false,
                FinishedJobsMax = finishedMax,
                SliceRows = 1,
                JournalBytesMax = journalBytesMax,
                CheckpointPages = checkpointPages,
            },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );

    // Almost every commit moves a job into the history, which writes some pages, so 30 commits cause checkpoints. The
    // read at the end waits for the last checkpoint.
    private async Task CommitAsync(LiteDbStore store, int jobs)
    {
        for (var i = 0; i < jobs; i++)
        {
            var job = Given.Job(TimeSpan.FromSeconds(_finished.Count));
            await store.CommitAsync([job.Added(), job.Ended().Finished()], CancellationToken.None);
            _finished.Add(job.Id);
        }

        for (var i = 0; i < 2; i++)
        {
            await store.FindPresentAsync(_finished, CancellationToken.None);
        }
    }
}
