using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage;

/// <summary>Reads the audit log. A read sees every commit that has returned.</summary>
public interface IAuditReader
{
    /// <summary>
    /// Searches events, newest first by the clock at which they were written. A search reads a bounded number of
    /// events, as a search for jobs does. A cursor that the search did not make is refused with
    /// <see cref="FormatException"/>.
    /// </summary>
    ValueTask<Page<AuditEvent>> SearchAuditAsync(AuditSearch search, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the audit log as it was written, oldest first, from the block that holds the event, or the first block
    /// behind that event.
    /// </summary>
    /// <param name="blocksMax">How many blocks are read; fewer come only at the end of the log.</param>
    ValueTask<IReadOnlyList<AuditBlock>> ReadAuditAsync(
        long fromSequence,
        int blocksMax,
        CancellationToken cancellationToken
    );

    /// <summary>Finds the first block with an event at or after the instant; null when there is none.</summary>
    ValueTask<AuditBlock?> FindAuditAsync(DateTimeOffset at, CancellationToken cancellationToken);
}
