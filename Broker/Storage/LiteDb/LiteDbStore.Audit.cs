using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

// The audit log. Every read first writes the rows that wait, as the reads of the other small collections do.
public sealed partial class LiteDbStore
{
    public async ValueTask<Page<AuditEvent>> SearchAuditAsync(AuditSearch search, CancellationToken cancellationToken)
    {
        var found = new AuditScan(search, _options.SearchRowsMax, _logger);
        while (!await ReadAuditAsync(() => found.Step(_documents!), cancellationToken)) { }

        return found.Result;
    }

    public async ValueTask<IReadOnlyList<AuditBlock>> ReadAuditAsync(
        long fromSequence,
        int blocksMax,
        CancellationToken cancellationToken
    ) =>
        await ReadAuditAsync(
            () => AuditRows.From(_documents!, Math.Max(fromSequence, _oldestAudit), blocksMax),
            cancellationToken
        );

    public async ValueTask<AuditBlock?> FindAuditAsync(DateTimeOffset at, CancellationToken cancellationToken) =>
        await ReadAuditAsync(() => AuditRows.FirstAt(_documents!, at), cancellationToken);

    public async ValueTask<AuditCut?> FindAuditCutAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var cut = new AuditCutSearch(before, AuditRows.PerSlice);
        while (!await ReadAuditAsync(() => cut.Step(_documents!), cancellationToken)) { }

        return cut.Result;
    }

    public async ValueTask<long> PruneAuditAsync(long beforeSequence, CancellationToken cancellationToken)
    {
        // Forgotten at once for whoever reads the log, then in slices.
        await ReadAuditAsync(() => _oldestAudit = AuditRows.SetOldest(_documents!, beforeSequence), cancellationToken);
        var total = 0L;
        long count;
        do
        {
            count = await ReadAuditAsync(() => AuditRows.PruneSlice(_documents!, beforeSequence), cancellationToken);
            total += count;
        } while (count > 0);
        return total;
    }

    private Task<T> ReadAuditAsync<T>(Func<T> read, CancellationToken cancellationToken) =>
        _thread.ReadAsync(
            () =>
            {
                _applier!.ApplyAllRows();
                return read();
            },
            cancellationToken
        );
}
