using LiteDB;
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

    /// <summary>Deletes a namespace's jobs among the next rows of the history. Returns where to go on, null at the end, and how many went.</summary>
    public static (byte[]? Next, int Count) PurgeSlice(Documents documents, JobRows rows, byte[] from, string ns, int limit)
    {
        var page = documents.Scan(Collections.History, "_id", from, BsonValue.MaxValue, descending: false, limit);
        var found = page.FindAll(row => JobRows.TryJobOf(row)?.Namespace == ns);
        if (found.Count > 0)
        {
            documents.Transact(() =>
            {
                rows.DeleteBeside(found);
                documents.Delete(Collections.History, found.Select(row => row["_id"]));
            });
        }

        return (page.Count < limit ? null : Collections.After(page[^1]["_id"].AsBinary), found.Count);
    }

    /// <summary>Deletes old missed occurrences among the next rows after the key. Returns where to go on; null at the end.</summary>
    public static byte[]? PruneMissedSlice(Documents documents, byte[] from, DateTimeOffset before, int limit)
    {
        var rows = documents.Scan(Collections.Missed, "_id", from, BsonValue.MaxValue, descending: false, limit);
        var old = rows.Where(row => MissedRows.LastOf(row) < before.UtcTicks).Select(row => row["_id"]).ToList();
        if (old.Count > 0)
        {
            documents.Transact(() => documents.Delete(Collections.Missed, old));
        }

        return rows.Count < limit ? null : Collections.After(rows[^1]["_id"].AsBinary);
    }
}
