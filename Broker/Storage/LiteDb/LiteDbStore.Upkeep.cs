using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Broker.Storage.LiteDb.Upkeep;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// Measures what is stored, and deletes what is no longer needed, a slice a turn of the storage thread.
/// </summary>
public sealed partial class LiteDbStore
{
    public async ValueTask<long> PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        // Jobs that have just finished must first reach the history; only those that wait now, or this could go on for
        // ever.
        var slices = await _thread.ReadAsync(() => Opened.SlicesOfFinished, cancellationToken);
        for (var i = 0; i < slices; i++)
        {
            await _thread.ReadAsync(() => Opened.ApplyFinishedSlice(), cancellationToken);
        }

        var total = 0L;
        int count;
        do
        {
            count = await _thread.ReadAsync(
                () => Opened.Pruning.PruneSlice(endedBefore, _options.SliceRows, SliceClock()),
                cancellationToken
            );
            total += count;
        } while (count > 0);
        await PruneMissedAsync(endedBefore, cancellationToken);
        await PruneBatchesAsync(endedBefore, cancellationToken);
        await PruneRollupsAsync(endedBefore, cancellationToken);
        await SyncAsync(cancellationToken);
        return total;
    }

    public async ValueTask<IReadOnlyDictionary<string, long>> MeasureAsync(
        IReadOnlyCollection<string> namespaces,
        CancellationToken cancellationToken
    )
    {
        var meter = new SizeMeter(namespaces);
        foreach (var collection in new[] { JobRows.Open, JobRows.History })
        {
            for (byte[]? from = new byte[16]; from is not null; )
            {
                var start = from;
                from = await _thread.ReadAsync(
                    () => meter.AddSlice(Opened.Documents, Opened.Rows, collection, start, _options.SliceRows),
                    cancellationToken
                );
            }
        }

        await _thread.ReadAsync(() => Opened.AddPendingTo(meter), cancellationToken);
        return meter.Sums;
    }

    public async ValueTask<long> PurgeAsync(string ns, CancellationToken cancellationToken)
    {
        // The journal's changes of the namespace would come back with a replay, so everything that waits now is applied
        // first.
        var slices = await _thread.ReadAsync(() => Opened.SlicesOfEverything, cancellationToken);
        for (var i = 0; i < slices; i++)
        {
            await _thread.ReadAsync(() => Opened.ApplySlice(everything: true), cancellationToken);
        }

        var total = 0L;
        for (byte[]? from = new byte[16]; from is not null; )
        {
            var start = from;
            (from, var count) = await _thread.ReadAsync(
                () => Opened.Pruning.PurgeSlice(start, ns, _options.SliceRows, SliceClock()),
                cancellationToken
            );
            total += count;
        }

        while (
            await _thread.ReadAsync(
                () => BatchRows.PurgeSlice(Opened.Documents, ns, _options.SliceRows),
                cancellationToken
            )
        ) { }

        while (
            await _thread.ReadAsync(() => Opened.Index.Rollups.PurgeSlice(ns, _options.SliceRows), cancellationToken)
        ) { }

        await SyncAsync(cancellationToken);
        return total;
    }

    public async ValueTask<AuditCut?> FindAuditCutAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var search = new AuditCutSearch(before, AuditRows.PerSlice);
        while (!await ReadRowsAsync(search.Step, cancellationToken)) { }

        return search.Result;
    }

    public async ValueTask<long> PruneAuditAsync(long beforeSequence, CancellationToken cancellationToken)
    {
        // The events are gone at once for readers of the log, then deleted in slices.
        await ReadRowsAsync(
            documents => Opened.OldestAudit = AuditRows.SetOldest(documents, beforeSequence),
            cancellationToken
        );
        var total = 0L;
        long count;
        do
        {
            count = await ReadRowsAsync(
                documents => AuditRows.PruneSlice(documents, beforeSequence),
                cancellationToken
            );
            total += count;
        } while (count > 0);
        await SyncAsync(cancellationToken);
        return total;
    }

    // What was deleted must not come back with a power cut: commits put only the journal on disk.
    private async Task SyncAsync(CancellationToken cancellationToken) =>
        await _thread.ReadAsync(() => Opened.Documents.Sync(), cancellationToken);

    private async Task PruneMissedAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (byte[]? from = new byte[24]; from is not null; )
        {
            var start = from;
            from = await ReadRowsAsync(
                documents => MissedRows.PruneSlice(documents, start, before, _options.SliceRows),
                cancellationToken
            );
        }
    }

    private async Task PruneBatchesAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (var from = ""; from is not null; )
        {
            var start = from;
            from = await ReadRowsAsync(
                documents => BatchRows.PruneSlice(documents, start, before, _options.SliceRows),
                cancellationToken
            );
        }
    }

    private async Task PruneRollupsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (byte[]? from = new byte[Term.HashBytes]; from is not null; )
        {
            var start = from;
            from = await _thread.ReadAsync(
                () => Opened.Index.Rollups.PruneSlice(start, before, _options.SliceRows),
                cancellationToken
            );
        }
    }

    // Tells when the time of a slice is over. The clock starts when it is made, at the start of a slice.
    private Func<bool> SliceClock()
    {
        var start = _time.GetTimestamp();
        return () => _time.GetElapsedTime(start) >= HistoryPruning.SliceTime;
    }
}
