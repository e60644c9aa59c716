using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Triggers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>Takes out of the ledger what the Broker has, or will never have. The keeper's lock guards it.</summary>
internal sealed class RanAnswers(OfflineFolder folder, OfflineRuns runs, TimeProvider time, ILogger logger)
{
    public void Hear(Taken taken)
    {
        var entries = new List<LedgerEntry>();
        foreach (var nominal in taken.Nominals)
        {
            if (
                folder.Ledger.TryFind(OccurrenceId.Of(new ScheduleId(taken.ScheduleId), nominal), out var entry)
                && entry.IsSaidToHaveEnded
            )
            {
                entries.Add(entry);
            }
        }

        if (entries.Count > 0)
        {
            Forget(taken, entries);
        }
    }

    private void Forget(Taken taken, List<LedgerEntry> entries)
    {
        try
        {
            if (taken.Refused is { } reason)
            {
                PutAside(reason, entries);
            }

            folder.Ledger.Forget(taken.ScheduleId, entries);
            entries.ForEach(runs.Forget);
            folder.Ledger.CompactIfNeeded();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.NotForgotten(entries.Count, e.Message); // They are said again in the next session.
        }
    }

    private void PutAside(string reason, List<LedgerEntry> entries)
    {
        var (now, schedule) = (time.GetUtcNow(), entries[0].Copy.Copy.Schedule);
        var refused = entries.ConvertAll(entry => new RefusedRun(
            reason,
            now,
            schedule.Name,
            entry.Copy.Copy.Signed.Copy,
            folder.Ledger.Read(entry)
        ));
        logger.RunsRefused(entries.Count, schedule.Name, reason, folder.PutAside(schedule, refused, now));
    }
}
