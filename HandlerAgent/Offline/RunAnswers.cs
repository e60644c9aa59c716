using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Triggers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// Receives the Broker's answers about offline runs, and removes from the ledger the runs that the Broker has or will
/// never accept. Not safe by itself: the lock of the <see cref="OfflineCustodian"/> guards every member.
/// </summary>
internal sealed class RunAnswers(
    OfflineFolder folder,
    OfflineOccurrences occurrences,
    TimeProvider time,
    ILogger logger
)
{
    /// <summary>Removes the runs that the answer names. A run that was not reported as ended stays.</summary>
    public void Receive(Taken taken)
    {
        var entries = new List<LedgerEntry>();
        foreach (var nominal in taken.Nominals)
        {
            if (
                folder.Ledger.TryFind(OccurrenceId.Of(new ScheduleId(taken.ScheduleId), nominal), out var entry)
                && entry.IsReportedAsEnded
            )
            {
                entries.Add(entry);
            }
        }

        if (entries.Count > 0)
        {
            Remove(taken, entries);
        }
    }

    private void Remove(Taken taken, List<LedgerEntry> entries)
    {
        try
        {
            if (taken.Refused is { } reason)
            {
                WriteRefused(reason, entries);
            }

            folder.Ledger.Remove(taken.ScheduleId, entries);
            entries.ForEach(occurrences.RememberReported);
            folder.Ledger.CompactIfNeeded();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.NotForgotten(entries.Count, e.Message); // The entries are reported again in the next session.
        }
    }

    private void WriteRefused(string reason, List<LedgerEntry> entries)
    {
        var (now, schedule) = (time.GetUtcNow(), entries[0].Copy.Copy.Schedule);
        var refused = entries.ConvertAll(entry => new RefusedRun(
            reason,
            now,
            schedule.Name,
            entry.Copy.Copy.Signed.Copy,
            folder.Ledger.Read(entry)
        ));
        logger.RunsRefused(entries.Count, schedule.Name, reason, folder.WriteRefused(schedule, refused, now));
    }
}
