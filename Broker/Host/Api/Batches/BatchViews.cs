using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Batches;

/// <summary>Makes the forms in which REST shows batches.</summary>
internal static class BatchViews
{
    public static BatchView From(BatchState state)
    {
        var batch = state.Batch;
        return new BatchView
        {
            Id = batch.Id,
            Namespace = batch.Namespace,
            Name = batch.Name,
            Total = batch.Total,
            Counts = new BatchCounts
            {
                Scheduled = state.Scheduled,
                Ready = state.Ready,
                Running = state.Running,
                Succeeded = batch.Succeeded,
                Failed = batch.Failed,
                Cancelled = batch.Cancelled,
                Expired = batch.Expired,
            },
            CreatedAt = batch.CreatedAt,
            CreatedBy = batch.CreatedBy,
            StartedAt = batch.StartedAt,
            FinishedAt = batch.FinishedAt,
            CancelRequestedAt = batch.CancelRequestedAt,
            CompletionJob = batch.CompletionJob,
        };
    }
}
