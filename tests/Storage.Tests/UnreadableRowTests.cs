using LiteDB;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Storage.Tests;

/// <summary>
/// A row that cannot be read never keeps other rows from being loaded, and stays in the store unchanged.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UnreadableRowTests
{
    private static readonly Guid Id = Guid.Parse("0192f0c1-7a11-7e55-8c0d-4d1f6d9b2a01");

    private readonly SimulatedDisk _disk = new(1);

    private static IEnumerable<TestCaseData> Rows()
    {
        byte[][] texts = ["{"u8.ToArray(), "null"u8.ToArray(), "{}"u8.ToArray(), "[1]"u8.ToArray(), [0xFF, 0xFE], []];
        foreach (var text in texts)
        {
            var name = Convert.ToHexString(text);
            yield return Case(ScheduleRows.Name, RowKeys.Of(Id), text, StoredRowKind.Schedule, $"{Id}", name);
            yield return Case(
                CalendarRows.Name,
                "default\nholidays",
                text,
                StoredRowKind.Calendar,
                "default/holidays",
                name
            );
            yield return Case(HandlerRows.Name, "default\nbox", text, StoredRowKind.Handler, "default/box", name);
            yield return Case(KeyRows.Name, "k1", text, StoredRowKind.Key, "k1", name);
            yield return Case(AccessRows.Name, "6\nacme", [6, .. text], StoredRowKind.Access, "Namespace acme", name);
            yield return Case(
                DeduplicationRows.Name,
                "default\nonce",
                text,
                StoredRowKind.Deduplication,
                "default/once",
                name
            );
            yield return Case(RateRows.Name, "default\n1\n1\nr", text, StoredRowKind.RateLimit, "default/1/1/r", name);
            yield return Case(BatchRows.Open, $"default\n{Id:N}", text, StoredRowKind.Batch, $"default/{Id:N}", name);
            yield return Case(JobRows.Open, RowKeys.Of(Id), text, StoredRowKind.Job, $"{Id}", name, "h");
            yield return Case(JobRows.History, RowKeys.Of(Id), text, StoredRowKind.FinishedJob, $"{Id}", name, "h");
        }

        yield return Case(
            AccessRows.Name,
            "9\nnew",
            [9, .. "{}"u8],
            StoredRowKind.Access,
            "9 new",
            "of a later version"
        );
        yield return Case(AccessRows.Name, "6\nempty", [], StoredRowKind.Access, "Namespace empty", "without a kind");
        yield return new TestCaseData(
            KeyRows.Name,
            new BsonDocument { ["_id"] = "k2", ["d"] = 7 },
            StoredRowKind.Key,
            "k2"
        ).SetArgDisplayNames("keys, a number");
    }

    private static TestCaseData Case(
        string collection,
        BsonValue id,
        byte[] bytes,
        StoredRowKind kind,
        string name,
        string text,
        string field = "d"
    )
    {
        var row = new BsonDocument { ["_id"] = id, [field] = bytes };
        if (collection == JobRows.History)
        {
            row[JobRows.EndField] = RowKeys.Of(Given.Noon, new JobId(Id));
        }

        return new TestCaseData(collection, row, kind, name).SetArgDisplayNames(collection, text);
    }

    [TestCaseSource(nameof(Rows))]
    public async Task It_is_named_and_left_out_and_stays(
        string collection,
        BsonDocument row,
        StoredRowKind kind,
        string name
    )
    {
        await using (var store = await OpenAsync())
        {
            await store.CommitAsync(
                [
                    Given.Job().Added(),
                    new Change.AccessSaved(
                        new NamespaceRecord
                        {
                            Name = "good",
                            CreatedAt = Given.Noon,
                            CreatedBy = "t",
                        }
                    ),
                ],
                default
            );
        }

        Edit(documents => documents.Upsert(collection, row));
        await using (var store = await OpenAsync())
        {
            var state = await store.LoadAsync(default);
            Assert.That(state.Unreadable.Select(one => (one.Kind, one.Name)), Is.EqualTo(new[] { (kind, name) }));
            Assert.That(state.Unreadable[0].Reason, Is.Not.Empty);
            Assert.That((state.Jobs.Count, state.Access.Count), Is.EqualTo((1, 1)), "the others are there");
            await ReadEverythingAsync(store);
        }

        BsonDocument? left = null;
        Edit(documents => left = documents.Find(collection, row["_id"]));
        Assert.That(left, Is.EqualTo(row), "it stays as it was");
    }

    // Every later read leaves the row out too, and the store goes on.
    private static async Task ReadEverythingAsync(LiteDbStore store)
    {
        var search = new JobSearch
        {
            Namespace = "default",
            Limit = 10,
            Now = Given.Noon,
        };
        Assert.That((await store.SearchJobsAsync(search, default)).Items, Has.Count.EqualTo(1));
        Assert.That(
            (
                await store.SearchFinishedAsync(
                    new FinishedSearch
                    {
                        Namespace = "default",
                        Limit = 10,
                        From = Given.Noon.AddDays(-1),
                        To = Given.Noon.AddDays(1),
                    },
                    default
                )
            ).Items,
            Is.Empty
        );
        Assert.That(await store.FindJobAsync("default", new JobId(Id), default), Is.Null);
        Assert.That(await store.FindBatchAsync("default", new BatchId(Id), default), Is.Null);
        Assert.That((await store.SearchBatchesAsync("default", 10, null, default)).Items, Is.Empty);
        await store.MeasureAsync(["default"], default);
        await store.PurgeAsync("elsewhere", default);
        await store.CommitAsync([Given.Job(TimeSpan.FromSeconds(1)).Added()], default);
    }

    private void Edit(Action<Documents> edit)
    {
        using var documents = Documents.Open(_disk.Open(), NullLogger.Instance);
        documents.Transact(() => edit(documents));
        documents.Checkpoint();
    }

    private async Task<LiteDbStore> OpenAsync() =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = "simulated", OpenFolder = _disk.Open },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
}
