using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

internal sealed partial class FakeBroker
{
    /// <summary>The id of a batch in <c>default</c> that exists from the start.</summary>
    public const string OpenBatch = "0198c0de-0000-7000-8000-0000000000ba";

    public ValueTask<Batch?> FindBatchAsync(string ns, BatchId id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(BatchesOf(ns).FirstOrDefault(batch => batch.Id == id));

    public ValueTask<Page<Batch>> SearchBatchesAsync(
        string ns,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var skip = cursor is null ? 0 : int.Parse(cursor);
        var all = BatchesOf(ns).OrderByDescending(batch => batch.Id.Value).ToList();
        return ValueTask.FromResult(
            new Page<Batch>([.. all.Skip(skip).Take(limit)], skip + limit < all.Count ? $"{skip + limit}" : null)
        );
    }

    public void Put(Batch batch) => _state.BatchesById[batch.Id] = batch;

    private IEnumerable<Batch> BatchesOf(string ns)
    {
        _state.BatchesById.TryAdd(Opened.Id, Opened);
        return _state.BatchesById.Values.Where(batch => batch.Namespace == ns);
    }

    private static Batch Opened { get; } =
        new()
        {
            Id = new BatchId(Guid.Parse(OpenBatch)),
            Namespace = "default",
            Total = 3,
            CreatedAt = DateTimeOffset.UnixEpoch,
            CreatedBy = "test",
        };

    private Answer.Enqueued AddBatch(BrokerInput.Enqueue enqueue)
    {
        var jobs = enqueue.Jobs.Select(job => Add(job with { Batch = enqueue.Batch!.Id })).ToList();
        var batch = Opened with
        {
            Id = enqueue.Batch!.Id,
            Name = enqueue.Batch.Name,
            Namespace = enqueue.Jobs[0].Namespace,
            Total = jobs.Count,
            CompletionJob = enqueue.Batch.OnComplete?.Id,
        };
        Put(batch);
        return new Answer.Enqueued(jobs) { Batch = new BatchState(batch, Ready: jobs.Count) };
    }

    private Answer CancelBatch(BrokerInput.CancelBatch cancel) =>
        BatchesOf(cancel.Namespace).FirstOrDefault(batch => batch.Id == cancel.Id) is { FinishedAt: null } batch
            ? new Answer.BatchIs(new BatchState(batch with { CancelRequestedAt = time.GetUtcNow() }))
            : NotFound();
}
