using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Broker.Storage.LiteDb.Searching;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Reads the audit log.</summary>
public sealed partial class LiteDbStore
{
    public async ValueTask<Page<AuditEvent>> SearchAuditAsync(AuditSearch search, CancellationToken cancellationToken)
    {
        var searching = new AuditSearching(search, _options.SearchRowsMax, _logger);
        while (!await ReadRowsAsync(searching.Step, cancellationToken)) { }

        return searching.Result;
    }

    public ValueTask<IReadOnlyList<AuditBlock>> ReadAuditAsync(
        long fromSequence,
        int blocksMax,
        CancellationToken cancellationToken
    ) =>
        ReadRowsAsync(
            documents => AuditRows.ReadFrom(documents, Math.Max(fromSequence, Opened.OldestAudit), blocksMax),
            cancellationToken
        );

    public ValueTask<AuditBlock?> FindAuditAsync(DateTimeOffset at, CancellationToken cancellationToken) =>
        ReadRowsAsync(documents => AuditRows.FindAt(documents, at), cancellationToken);
}
