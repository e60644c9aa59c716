using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Upkeep;

/// <summary>
/// Deletes finished jobs with all that is stored beside them: long bodies, logs, and their places in the indexes.
/// </summary>
internal sealed class HistoryPruning(Documents documents, JobRows rows, HistoryIndex index)
{
    /// <summary>
    /// How long a slice may delete: a commit that comes meanwhile waits for its end. Long bodies and logs make one row
    /// more costly than another.
    /// </summary>
    public static readonly TimeSpan SliceTime = TimeSpan.FromMilliseconds(5);

    /// <summary>Deletes the oldest rows of the history that ended before the instant. Returns how many.</summary>
    /// <param name="isOver">Whether the time of the slice is over.</param>
    public int PruneSlice(DateTimeOffset endedBefore, int limit, Func<bool> isOver)
    {
        var high = RowKeys.Before(RowKeys.Of(endedBefore, default(JobId)));
        return high is null
            ? 0
            : Delete(
                documents.Scan(JobRows.History, JobRows.EndField, new byte[24], high, descending: false, limit),
                isOver
            );
    }

    /// <summary>
    /// Deletes a namespace's jobs among the next rows of the history. Returns the key from which to go on, null at the
    /// end, and how many rows were deleted.
    /// </summary>
    /// <param name="isOver">Whether the time of the slice is over.</param>
    public (byte[]? Next, int Count) PurgeSlice(byte[] from, string ns, int limit, Func<bool> isOver)
    {
        var page = documents.Scan(JobRows.History, "_id", from, BsonValue.MaxValue, descending: false, limit);
        var found = page.FindAll(row => JobRows.TryJobOf(row)?.Namespace == ns);
        var count = Delete(found, isOver);
        var last =
            count < found.Count ? found[count - 1]
            : page.Count < limit ? null
            : page[^1];
        return (last is null ? null : RowKeys.After(last["_id"].AsBinary), count);
    }

    // Deletes rows until the time is over, but one row at least, so that a pruning comes to its end.
    private int Delete(List<BsonDocument> found, Func<bool> isOver)
    {
        var count = 0;
        if (found.Count > 0)
        {
            documents.Transact(() =>
            {
                do
                {
                    index.Remove([found[count]]);
                    rows.DeleteBeside([found[count]]);
                    documents.Delete(JobRows.History, [found[count]["_id"]]);
                    count++;
                } while (count < found.Count && !isOver());

                index.Texts.RemoveEmpty(found.Take(count).Select(JobRows.IdOf));
            });
        }

        return count;
    }
}
