using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>Searches for a text in params.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ParamsSearchTests
{
    private const int RowsMax = 100;

    private readonly SimulatedDisk _disk = new(1);

    [TestCase("""{"month":"2026-10"}""", "2026-10", true)]
    [TestCase("""{"month":"2026-10"}""", "\"MONTH\":", true)]
    [TestCase("""{"month":"2026-10"}""", "2026-11", false)]
    [TestCase("""{"city":"Z\u00fcrich"}""", "zürich", true)]
    [TestCase("""{"city":"Z\u00fcrich"}""", "\\u00FC", true)]
    [TestCase("""{"pa\"th":"C:\\temp"}""", "pa\"th", true)]
    [TestCase("""{"pa\"th":"C:\\temp"}""", "C:\\temp", true)]
    [TestCase("""{"pa\"th":"C:\\temp"}""", "thC:", false)]
    [TestCase("""["\ud800","x\ty"]""", "x\ty", true)]
    [TestCase("17", "7", true)]
    [TestCase("null", "nul", true)]
    public void A_text_is_found_as_it_was_written_and_without_escapes(string parameters, string text, bool isFound) =>
        Assert.That(Search(text).HasParams(RawJson.Parse(parameters)), Is.EqualTo(isFound));

    [Test]
    public void A_job_without_params_holds_no_text() => Assert.That(Search("a").HasParams(default), Is.False);

    [Test]
    public async Task Params_are_searched_wherever_they_lie_and_pages_neither_skip_nor_repeat(
        [Values] bool reopened,
        [Values] bool withBodies
    )
    {
        await using (var store = await OpenAsync())
        {
            await FillAsync(store, 0);
            await store.PruneAsync(Given.Noon.AddDays(-1), CancellationToken.None); // Moves the ended ones.
            await FillAsync(store, 400);
        }

        await using var again = await OpenAsync();
        if (reopened)
        {
            await FillAsync(again, 800);
        }

        var count = reopened ? 1_200 : 800;
        var expected = Enumerable.Range(0, count).Where(i => i % 40 == 7).Select(IdOf).OrderDescending().ToList();
        var search = Search("NEEDLE") with { Bodies = withBodies ? JobBodies.Params : JobBodies.None };
        var (found, pages) = await ReadAsync(again, search);
        Assert.Multiple(() =>
        {
            Assert.That(found.Select(stored => stored.Job.Id), Is.EqualTo(expected));
            Assert.That(found.Select(stored => stored.Params.IsEmpty), Is.All.EqualTo(!withBodies));
            Assert.That(pages, Is.GreaterThanOrEqualTo(count / RowsMax), "a page reads a bounded number of jobs");
        });
        var failed = await ReadAsync(again, search with { State = JobState.Failed });
        Assert.That(failed.Found, Has.Count.EqualTo(count / 80));
        Assert.That(failed.Found.Select(stored => stored.Job.State), Is.All.EqualTo(JobState.Failed));
        Assert.That((await ReadAsync(again, Search("stands nowhere"))).Found, Is.Empty);
    }

    [Test]
    public async Task A_page_ends_when_it_has_read_many_bytes()
    {
        await using var store = await OpenAsync();
        var large = RawJson.Parse($"\"{new string('x', 2 << 20)}\"");
        for (var i = 0; i < 40; i++)
        {
            await store.CommitAsync([JobOf(i).Added(large)], CancellationToken.None);
        }

        var first = await store.SearchJobsAsync(Search("nowhere"), CancellationToken.None);
        Assert.That((first.Items.Count, first.NextCursor is null), Is.EqualTo((0, false)));
        Assert.That((await ReadAsync(store, Search("nowhere"))).Pages, Is.EqualTo(3));
    }

    [Test]
    public async Task Params_that_were_changed_are_found_by_their_new_text()
    {
        await using var store = await OpenAsync();
        var job = JobOf(1);
        await store.CommitAsync([job.Added(RawJson.Parse("\"old\""))], CancellationToken.None);
        var changed = new Change.JobChanged(job with { Version = 1 }) { Params = RawJson.Parse("\"new\"") };
        await store.CommitAsync([changed], CancellationToken.None);
        Assert.That((await ReadAsync(store, Search("old"))).Found, Is.Empty);
        Assert.That((await ReadAsync(store, Search("new"))).Found, Has.Count.EqualTo(1));
    }

    private static JobSearch Search(string text) =>
        new()
        {
            Namespace = "default",
            Limit = 20,
            Now = Given.Noon,
            Params = text,
        };

    // The instant stands in the id's first 48 bits.
    private static JobId IdOf(int number)
    {
        var milliseconds = Given.Noon.AddSeconds(number).ToUnixTimeMilliseconds();
        return new JobId(new Guid((int)(milliseconds >> 16), (short)milliseconds, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 1));
    }

    private static Job JobOf(int number) => Given.Job() with { Id = IdOf(number), State = JobState.Ready };

    // Every 40th job has the text; short and long params, ended and waiting jobs.
    private static async Task FillAsync(LiteDbStore store, int from)
    {
        for (var i = from; i < from + 400; i++)
        {
            var text = (i % 40 == 7 ? "a needle" : "hay") + new string('.', i % 3 == 0 ? 3_000 : 3);
            var job = JobOf(i);
            List<Change> changes = [job.Added(RawJson.Parse($$"""{"text":"{{text}}"}"""))];
            if (i % 2 == 0 || i % 80 == 7)
            {
                var state = i % 80 == 7 ? JobState.Failed : JobState.Succeeded;
                changes.Add(job.Ended(state, TimeSpan.FromSeconds(i)).Finished());
            }

            await store.CommitAsync(changes, CancellationToken.None);
        }
    }

    private static async Task<(List<StoredJob> Found, int Pages)> ReadAsync(LiteDbStore store, JobSearch search)
    {
        var (found, pages) = (new List<StoredJob>(), 0);
        string? cursor = null;
        do
        {
            var page = await store.SearchJobsAsync(search with { Cursor = cursor }, CancellationToken.None);
            found.AddRange(page.Items);
            pages++;
            cursor = page.NextCursor;
        } while (cursor is not null);

        return (found, pages);
    }

    private async Task<LiteDbStore> OpenAsync() =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = "simulated",
                OpenFolder = _disk.Open,
                HistoryRowsMax = RowsMax,
            },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
}
