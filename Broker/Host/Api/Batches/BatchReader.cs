using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Batches;

/// <summary>
/// Reads batches: an unfinished batch in its current state from the loop, others from the store.
/// </summary>
internal sealed class BatchReader(IBrokerInputs inputs, IHistoryReader store)
{
    public async Task<BatchState?> FindAsync(string ns, BatchId id, CancellationToken cancellationToken) =>
        await store.FindBatchAsync(ns, id, cancellationToken) is { } stored
            ? (await NowAsync(ns, [stored], cancellationToken))[0]
            : null;

    public async Task<Page<BatchState>> SearchAsync(
        string ns,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var page = await store.SearchBatchesAsync(ns, limit, cursor, cancellationToken);
        return new Page<BatchState>(await NowAsync(ns, page.Items, cancellationToken), page.NextCursor);
    }

    private async Task<List<BatchState>> NowAsync(
        string ns,
        IReadOnlyList<Batch> batches,
        CancellationToken cancellationToken
    )
    {
        var open = batches.Where(batch => batch.FinishedAt is null).Select(batch => batch.Id).ToHashSet();
        var live =
            open.Count == 0
                ? []
                : new Dictionary<BatchId, BatchState>(
                    await inputs.ReadAsync(state => state.Batches(ns, open), cancellationToken)
                );
        var now = new List<BatchState>(batches.Count);
        foreach (var batch in batches)
        {
            // A batch that the loop does not hold ended between the two reads, so the store holds its end now.
            now.Add(
                live.TryGetValue(batch.Id, out var state)
                    ? state
                    : new BatchState(
                        (open.Contains(batch.Id) ? await store.FindBatchAsync(ns, batch.Id, cancellationToken) : null)
                            ?? batch
                    )
            );
        }

        return now;
    }
}
