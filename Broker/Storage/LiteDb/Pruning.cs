using LiteDB;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Forgets what ended long ago.</summary>
internal static class Pruning
{
    /// <summary>
    /// How long a slice may delete: a commit that comes meanwhile waits for its end. Long bodies and logs make one row
    /// dearer than another.
    /// </summary>
    public static readonly TimeSpan SliceTime = TimeSpan.FromMilliseconds(5);

    /// <summary>Deletes the oldest rows of the history, and what lies beside them. Returns how many.</summary>
    /// <param name="isOver">The time of the slice is over.</param>
    public static int PruneSlice(
        Documents documents,
        JobRows rows,
        DateTimeOffset endedBefore,
        int limit,
        Func<bool> isOver
    )
    {
        var high = Collections.Before(Collections.EndKey(endedBefore, default(JobId)));
        return high is null
            ? 0
            : Delete(
                documents,
                rows,
                documents.Scan(Collections.History, Collections.EndField, new byte[24], high, descending: false, limit),
                isOver
            );
    }

    /// <summary>
    /// Deletes a namespace's jobs among the next rows of the history. Returns where to go on, null at the end, and how
    /// many went.
    /// </summary>
    /// <param name="isOver">The time of the slice is over.</param>
    public static (byte[]? Next, int Count) PurgeSlice(
        Documents documents,
        JobRows rows,
        byte[] from,
        string ns,
        int limit,
        Func<bool> isOver
    )
    {
        var page = documents.Scan(Collections.History, "_id", from, BsonValue.MaxValue, descending: false, limit);
        var found = page.FindAll(row => JobRows.TryJobOf(row)?.Namespace == ns);
        var count = Delete(documents, rows, found, isOver);
        var last =
            count < found.Count ? found[count - 1]
            : page.Count < limit ? null
            : page[^1];
        return (last is null ? null : Collections.After(last["_id"].AsBinary), count);
    }

    /// <summary>
    /// Deletes old missed occurrences among the next rows after the key. Returns where to go on; null at the end.
    /// </summary>
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

    // One row at least, so that there is an end.
    private static int Delete(Documents documents, JobRows rows, List<BsonDocument> found, Func<bool> isOver)
    {
        var count = 0;
        if (found.Count > 0)
        {
            documents.Transact(() =>
            {
                do
                {
                    rows.DeleteBesidePast([found[count]]);
                    documents.Delete(Collections.History, [found[count]["_id"]]);
                    count++;
                } while (count < found.Count && !isOver());
            });
        }

        return count;
    }
}
