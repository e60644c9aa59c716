using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Storage.Tests;

/// <summary>The audit log after a power cut at any write.</summary>
public sealed class AuditCutTests
{
    private const int Lives = 4;

    [Test]
    public async Task After_a_power_cut_the_log_is_whole_and_has_all_that_was_acknowledged([Range(1, 40)] int seed)
    {
        var (disk, chance) = (new SimulatedDisk(seed), new Random(seed));
        AuditPoint? kept = null;
        for (var life = 0; life < Lives; life++)
        {
            disk.CutAt = chance.Next(20, 200);
            kept = await LiveAsync(disk, chance, kept) ?? kept;
            disk.Cut();
            await using var store = await OpenAsync(disk);
            var verdict = AuditLines.Verify(
                await store.ReadAuditAsync(1, int.MaxValue, CancellationToken.None),
                kept is { } point ? [point] : []
            );
            Assert.That(verdict.Fault, Is.Null, $"life {life}");
            Assert.That((await store.LoadAsync(CancellationToken.None)).AuditTail.Sequence, Is.EqualTo(verdict.Last));
        }

        Assert.That(kept, Is.Not.Null, "nothing was acknowledged, so nothing was tested");
    }

    [Test]
    public async Task A_pruning_that_a_stop_has_cut_short_is_finished_by_the_next_start()
    {
        var disk = new SimulatedDisk(1);
        var log = new AuditLines();
        await using (var store = await OpenAsync(disk))
        {
            for (var i = 0; i < 10; i++)
            {
                await store.CommitAsync(log.Batch(3), CancellationToken.None);
            }

            var cut = new AuditDetail
            {
                Before = 16,
                PreviousHash = Convert.ToHexStringLower(
                    (await store.ReadAuditAsync(13, 1, CancellationToken.None))[0].Hash
                ),
            };
            await store.CommitAsync(
                log.Batch(
                    new AuditNote
                    {
                        Actor = "system",
                        Action = AuditChain.PruneAction,
                        Detail = cut,
                    }
                ),
                CancellationToken.None
            );
        }

        using (var documents = Documents.Open(disk.Open(), NullLogger.Instance))
        {
            AuditRows.SetOldest(documents, 16);
            documents.Transact(() => documents.Delete(AuditRows.Name, [1L]));
            documents.Checkpoint();
        }

        await using var again = await OpenAsync(disk);
        var verdict = AuditLines.Verify(await again.ReadAuditAsync(1, int.MaxValue, CancellationToken.None));
        Assert.That(
            (verdict.Fault, verdict.First, verdict.Start),
            Is.EqualTo(((AuditFault?)null, 16L, AuditStart.Pruned))
        );
        Assert.That(
            (await again.SearchAuditAsync(new AuditSearch { Limit = 100 }, CancellationToken.None)).Items,
            Has.Count.EqualTo(16)
        );
    }

    // Commits until the power goes. Returns the newest acknowledged point of the audit log; null if there was none.
    private static async Task<AuditPoint?> LiveAsync(SimulatedDisk disk, Random chance, AuditPoint? kept)
    {
        LiteDbStore? store = null;
        AuditPoint? acknowledged = null;
        try
        {
            store = await OpenAsync(disk);
            var log = new AuditLines();
            var tail = (await store.LoadAsync(CancellationToken.None)).AuditTail;
            Assert.That(tail.Sequence, Is.AtLeast(kept?.Sequence ?? 0));
            log.Restore(tail);
            for (var i = 0; i < 60; i++)
            {
                var changes = log.Batch(chance.Next(1, 12), new string('x', chance.Next(300)));
                await store.CommitAsync([Given.Job().Added(), .. changes], CancellationToken.None);
                var block = changes.OfType<Broker.Core.Change.AuditAppended>().Last().Block;
                acknowledged = new AuditPoint(block.Last, Convert.ToHexStringLower(block.Hash));
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

    private static async Task<LiteDbStore> OpenAsync(SimulatedDisk disk) =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = "simulated",
                OpenFolder = disk.Open,
                SliceRows = 4,
                OverlayBytesMax = 6_000,
                JournalBytesMax = 20_000,
                CheckpointPages = 40,
            },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
}
