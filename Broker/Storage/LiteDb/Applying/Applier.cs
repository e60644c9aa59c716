using LiteDB;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Storage.LiteDb.Applying;

/// <summary>
/// Moves the changes of the overlay into the collections, a slice a transaction. Only the net effect is written: a job
/// that came and went meanwhile is one insert into the history. A second move after a crash changes nothing.
/// </summary>
internal sealed class Applier(
    Documents documents,
    JobRows rows,
    HistoryIndex index,
    Overlay overlay,
    Journal journal,
    LiteDbStoreOptions options
)
{
    /// <summary>Whether the finished jobs and rows that wait fill a slice.</summary>
    public bool HasFullSlice => overlay.FinishedCount + overlay.RowCount >= options.SliceRows;

    /// <summary>Whether finished jobs or rows wait; unfinished jobs do not count.</summary>
    public bool HasAny => overlay.FinishedCount + overlay.RowCount > 0;

    /// <summary>Whether so much waits that a slice is due even while commits come.</summary>
    public bool IsOverBound => IsOver(1);

    /// <summary>Whether so much waits that commits must wait for slices.</summary>
    public bool IsFarOverBound => IsOver(4);

    private bool IsLong => overlay.Bytes > options.OverlayBytesMax || overlay.JournalBytes > options.JournalBytesMax;

    /// <summary>Applies one slice, unfinished jobs too if the journal is too long or everything is asked for.</summary>
    public void ApplySlice(bool everything) =>
        documents.Transact(() =>
        {
            // While a bound is passed, half of the slice is for the oldest unfinished jobs: one of them may be all that
            // makes the journal long.
            var forOpen =
                everything ? options.SliceRows
                : IsLong ? (options.SliceRows + 1) / 2
                : 0;
            var left = everything ? options.SliceRows : Math.Max(1, options.SliceRows - forOpen);
            left -= ApplyFinished(left);
            left -= ApplyRows(left);
            ApplyOpen(everything ? left : forOpen);
            index.Flush();
            CutJournal();
        });

    public void ApplyEverything()
    {
        while (!overlay.IsEmpty)
        {
            ApplySlice(everything: true);
            documents.CheckpointIfLong(options.CheckpointPages);
        }
    }

    /// <summary>Writes all rows that wait into the small collections, before one of these is read.</summary>
    public void ApplyAllRows()
    {
        if (overlay.RowCount == 0)
        {
            return;
        }

        documents.Transact(() =>
        {
            ApplyRows(int.MaxValue);
            CutJournal();
        });
    }

    private bool IsOver(int factor) =>
        overlay.FinishedCount > options.FinishedJobsMax * (long)factor
        || overlay.RowCount > options.FinishedJobsMax * (long)factor
        || overlay.Bytes > options.OverlayBytesMax * factor
        || overlay.JournalBytes > options.JournalBytesMax * factor;

    private int ApplyFinished(int limit)
    {
        var fresh = new List<BsonDocument>();
        var stored = new List<BsonValue>();
        var count = 0;
        for (; count < limit && overlay.DequeueFinished() is { } entry; count++)
        {
            if (entry.IsDropped)
            {
                Drop(entry);
                overlay.Remove(entry);
                continue;
            }

            var open = entry.Params is null ? rows.FindOpen(entry.Id) : null;
            var past = entry.MayBeStored && open is null ? rows.FindFinished(entry.Id) : null;
            var row = rows.Make(entry.Job!, entry.Params is null ? open ?? past : null);
            Index(entry.Job!, row, past);
            if (entry.Params is { } value)
            {
                SetParams(entry, row, value);
            }

            rows.SetResult(row, entry.Result);
            if (entry.MayBeStored)
            {
                stored.Add(row["_id"]);
                documents.Upsert(JobRows.History, row);
            }
            else
            {
                fresh.Add(row);
            }

            overlay.Remove(entry);
        }

        if (fresh.Count > 0)
        {
            documents.Insert(JobRows.History, fresh);
        }

        if (stored.Count > 0)
        {
            documents.Delete(JobRows.Open, stored);
        }

        return count;
    }

    private void Drop(PendingJob entry)
    {
        if (entry.MayBeStored || !entry.HasNeverRun)
        {
            // Lines of the job's log that still wait would otherwise be written after the deletion.
            ApplyRows(int.MaxValue);
        }

        if (entry.MayBeStored && rows.FindOpen(entry.Id) is { } row)
        {
            rows.DeleteBeside([row]);
            documents.Delete(JobRows.Open, [row["_id"]]);
        }
        else if (!entry.HasNeverRun)
        {
            LogRows.Delete(documents, entry.Id);
        }
    }

    // A replay may bring a job whose row is in the history since before a crash: it counts once, and stands in the
    // indexes once.
    private void Index(Job job, BsonDocument row, BsonDocument? past)
    {
        if (past is null || !index.IsIndexed(past) || JobRows.TryJobOf(past) is not { } before)
        {
            index.Add(job, row);
            return;
        }

        if (past.TryGetValue(JobRows.IndexedField, out var mark))
        {
            row[JobRows.IndexedField] = mark;
        }

        index.Update(before, job, past);
    }

    private int ApplyRows(int limit)
    {
        var count = 0;
        for (; count < limit && overlay.DequeueRow() is { } entry; count++)
        {
            if (entry.Row is not null)
            {
                documents.Upsert(entry.Collection, entry.Row);
            }
            else
            {
                StoredKinds.DeleteRow(documents, entry.Collection, entry.Id);
            }
        }

        return count;
    }

    private void ApplyOpen(int limit)
    {
        var fresh = new List<BsonDocument>();
        for (var count = 0; count < limit && overlay.FirstOpen() is { } entry; count++)
        {
            ApplyOpen(entry, fresh);
            overlay.Remove(entry);
        }

        if (fresh.Count > 0)
        {
            documents.Insert(JobRows.Open, fresh);
        }
    }

    private void ApplyOpen(PendingJob entry, List<BsonDocument> fresh)
    {
        if (entry.Params is { } value)
        {
            var row = rows.Make(entry.Job!, old: null);
            SetParams(entry, row, value);
            if (entry.MayBeStored)
            {
                documents.Upsert(JobRows.Open, row);
            }
            else
            {
                fresh.Add(row);
            }

            return;
        }

        if (rows.FindOpen(entry.Id) is { } open)
        {
            documents.Upsert(JobRows.Open, rows.Make(entry.Over(JobRows.JobOf(open)), open));
        }
        else if (rows.FindFinished(entry.Id) is { } finished)
        {
            // Only a late result reaches a job that is in the history; in a replay, also a change that its end
            // followed.
            var before = JobRows.JobOf(finished);
            var after = entry.Over(before);
            documents.Upsert(JobRows.History, rows.Make(after, finished));
            index.Update(before, after, finished);
        }
        else if (entry.Job is not null)
        {
            documents.Upsert(JobRows.Open, rows.Make(entry.Job, old: null));
        }
    }

    private void SetParams(PendingJob entry, BsonDocument row, RawJson value)
    {
        if (entry.HasOtherParams)
        {
            rows.DeleteParamsBeside(entry.Id);
        }

        rows.SetParams(row, value);
    }

    private void CutJournal()
    {
        if (overlay.CutJournal() is { } from)
        {
            journal.Release(from);
        }
    }
}
