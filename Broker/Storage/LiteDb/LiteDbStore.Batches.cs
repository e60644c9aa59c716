using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Reads and forgets batches.</summary>
public sealed partial class LiteDbStore
{
    public ValueTask<Batch?> FindBatchAsync(string ns, BatchId id, CancellationToken cancellationToken) =>
        ReadRowsAsync(documents => BatchRows.Find(documents, ns, id), cancellationToken);

    public ValueTask<Page<Batch>> SearchBatchesAsync(
        string ns,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    ) => ReadRowsAsync(documents => BatchRows.Search(documents, ns, limit, cursor), cancellationToken);

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
}
