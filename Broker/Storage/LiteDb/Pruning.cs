using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Forgets what ended long ago.</summary>
internal static class Pruning
{
    /// <summary>Deletes the oldest rows of the history, and what lies beside them. Returns how many.</summary>
    public static int PruneSlice(Documents documents, JobRows rows, DateTimeOffset endedBefore, int limit)
    {
        var high = Collections.Before(Collections.EndKey(endedBefore, default(JobId)));
        if (high is null)
        {
            return 0;
        }

        var found = documents.Scan(Collections.History, Collections.EndField, new byte[24], high, descending: false, limit);
        if (found.Count > 0)
        {
            documents.Transact(() =>
            {
                rows.DeleteBeside(found);
                documents.Delete(Collections.History, found.Select(row => row["_id"]));
            });
        }

        return found.Count;
    }
}
