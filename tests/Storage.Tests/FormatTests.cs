using System.Buffers.Binary;
using LiteDB;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Storage.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FormatTests
{
    private readonly SimulatedDisk _disk = new(1);

    [Test]
    public async Task Store_of_version_0_is_migrated()
    {
        Plant(new BsonDocument { ["_id"] = "store", ["format"] = 0 });
        await using var store = await OpenAsync();
        Assert.That((await store.LoadAsync(CancellationToken.None)).Epoch, Is.EqualTo(1));
        await store.DisposeAsync();
        await using var again = await OpenAsync();
        Assert.That((await again.LoadAsync(CancellationToken.None)).Epoch, Is.EqualTo(2));
    }

    [Test]
    public void Store_of_a_newer_version_is_refused()
    {
        Plant(new BsonDocument { ["_id"] = "store", ["format"] = 99 });
        Assert.That(OpenAsync, Throws.TypeOf<StoreFailedException>().With.Message.Contains("format 99"));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Fifty_thousand_waiting_jobs_are_loaded_and_share_what_is_equal(
        CancellationToken cancellationToken
    )
    {
        await using (var store = await OpenAsync())
        {
            for (var i = 0; i < 50; i++)
            {
                await store.CommitAsync(
                    [.. Enumerable.Range(0, 1_000).Select(n => Given.Job(TimeSpan.FromMilliseconds(n)).Added())],
                    cancellationToken
                );
            }
        }

        await using var again = await OpenAsync();
        var jobs = (await again.LoadAsync(cancellationToken)).Jobs;
        Assert.That(jobs, Has.Count.EqualTo(50_000));
        Assert.That(jobs.Select(job => job.Id).Distinct().Count(), Is.EqualTo(50_000));
        Assert.That(jobs[^1].Spec, Is.SameAs(jobs[0].Spec));
        Assert.That(jobs[^1].Namespace, Is.SameAs(jobs[0].Namespace));
    }

    [Test]
    public void A_job_that_was_written_before_there_were_chains_and_batches_is_read()
    {
        var (job, writer) = (Given.Job(), new RecordWriter());
        JobRecord.Write(writer, job);
        const int Since = 5; // Bytes that later versions added: chain, batch, completed batch, its end, stored bytes.
        var old = writer.Written[..^Since].ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(old, old.Length - 4);
        Assert.That(JobRecord.Read(old, null), Is.EqualTo(job));
    }

    [Test]
    public async Task A_missed_instant_that_was_written_before_there_were_runs_is_read()
    {
        var schedule = new ScheduleId(Guid.NewGuid());
        await (await OpenAsync()).DisposeAsync();
        using (var documents = Documents.Open(_disk.Open(), NullLogger.Instance))
        {
            documents.Transact(() =>
                documents.Upsert(
                    MissedRows.Name,
                    new BsonDocument { ["_id"] = RowKeys.Of(schedule.Value, Given.Noon.UtcTicks), ["r"] = "old" }
                )
            );
            documents.Checkpoint();
        }

        await using var store = await OpenAsync();
        Assert.That(
            (await store.SearchMissedAsync(schedule, 10, null, default)).Items,
            Is.EqualTo(new[] { new MissedOccurrence(Given.Noon, "old") })
        );
    }

    [Test]
    public void A_missed_instant_of_a_journal_from_before_there_were_runs_is_read()
    {
        var id = new ScheduleId(Guid.NewGuid());
        var writer = new RecordWriter();
        var record = writer.Begin();
        const byte OccurrenceMissed = 11;
        writer.Byte(OccurrenceMissed);
        writer.Bytes(
            System.Text.Encoding.UTF8.GetBytes(
                $$"""{"id":{"value":"{{id.Value}}"},"nominal":"2026-03-01T12:00:00+00:00","reason":"old"}"""
            )
        );
        writer.End(record);
        var reader = new RecordReader(writer.Written, null);
        Assert.That(ChangeRecord.Read(ref reader), Is.EqualTo(new Change.OccurrenceMissed(id, Given.Noon, "old")));
    }

    private void Plant(BsonDocument meta)
    {
        using var documents = Documents.Open(_disk.Open(), NullLogger.Instance);
        documents.Transact(() => documents.Upsert(StoreMeta.Name, meta));
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
