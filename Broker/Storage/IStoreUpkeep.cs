namespace ScheduleZero.Broker.Storage;

/// <summary>
/// Measures what is stored, and deletes what is no longer needed. Each call works in slices, so that commits pass in
/// between.
/// </summary>
public interface IStoreUpkeep
{
    /// <summary>
    /// Deletes jobs that ended before the instant, with their logs, batches that ended before it, and missed instants
    /// from before it. Returns how many jobs were deleted.
    /// </summary>
    ValueTask<long> PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken);

    /// <summary>
    /// Measures about how many bytes the jobs of these namespaces take, params and results included.
    /// </summary>
    ValueTask<IReadOnlyDictionary<string, long>> MeasureAsync(
        IReadOnlyCollection<string> namespaces,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Deletes every finished job and batch of a namespace for good, with their logs: the deletion is durable on disk
    /// when the call returns. Returns how many jobs were deleted.
    /// </summary>
    ValueTask<long> PurgeAsync(string ns, CancellationToken cancellationToken);

    /// <summary>
    /// Finds the place at which a pruning of the audit log would cut it: the oldest event of the first block that is
    /// not wholly from before the instant, and the hash of the event before that one. The newest block always stays.
    /// Null when there is nothing to delete.
    /// </summary>
    ValueTask<AuditCut?> FindAuditCutAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the blocks of the audit log that hold only events before this one, oldest first. Returns how many events
    /// were deleted.
    /// </summary>
    ValueTask<long> PruneAuditAsync(long beforeSequence, CancellationToken cancellationToken);
}
