using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>The part of a job's record that says how the job belongs to a batch.</summary>
internal static class BatchParts
{
    public static void Write(RecordWriter to, Job job)
    {
        Write(to, job.Batch);
        Write(to, job.Completes?.Batch);
        to.Flag(job.Completes?.End is not null);
        if (job.Completes?.End is { } end)
        {
            to.Text(end.Name);
            to.Number(end.Total);
            to.Number(end.Succeeded);
            to.Number(end.Failed);
            to.Number(end.Cancelled);
            to.Number(end.Expired);
        }
    }

    public static Job Read(ref RecordReader from, Job job)
    {
        var (batch, completes) = (from.OptionalId(), from.OptionalId());
        var hasEnd = from.Flag();
        if (batch is null && completes is null)
        {
            return job;
        }

        var id = new BatchId(completes?.Value ?? default);
        var end = hasEnd
            ? new CompletedBatch(
                id,
                Name: from.Text(),
                Total: (int)from.Number(),
                Succeeded: (int)from.Number(),
                Failed: (int)from.Number(),
                Cancelled: (int)from.Number(),
                Expired: (int)from.Number()
            )
            : null;
        return job with
        {
            Batch = batch is { } own ? new BatchId(own.Value) : null,
            Completes = completes is null ? null : new Completion(id, end),
        };
    }

    private static void Write(RecordWriter to, BatchId? id) => to.Id(id is { } batch ? new JobId(batch.Value) : null);
}
