using LiteDB;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>
/// What searches and sums of the history are answered from: the indexes and the sums over executions. Both are written
/// in the transaction that writes the job's row. Rows that an older version wrote are taken in behind its back, newest
/// end first; a field tells the rows that were indexed when they were written.
/// </summary>
internal sealed class HistoryIndex(Documents documents, long epoch, ILogger logger)
{
    /// <summary>
    /// In the row that tells the store's format: the highest end that may belong to a row which is in no index yet.
    /// The field is not set when there is no such row.
    /// </summary>
    public const string UnindexedField = "unindexed";

    /// <summary>In a row of the history: it was indexed when it was written.</summary>
    public const string IndexedField = "x";

    private const int RowsPerReport = 50_000;

    private readonly Postings _postings = new(documents, epoch);
    private readonly Rollups _rollups = new(documents);
    private byte[]? _unindexed = ReadBound(documents);
    private long _takenIn;

    /// <summary>The highest end that may belong to a row which is in no index yet; null when every row is.</summary>
    public Entry? Unindexed => _unindexed is { } bound ? Entry.Read(bound) : null;

    public Rollups Rollups => _rollups;

    /// <summary>What searches have read of the indexes.</summary>
    public BucketCache Cache => _postings.Cache;

    /// <summary>Whether the row of the history is in the indexes, and counted.</summary>
    public bool IsIndexed(BsonDocument row) =>
        row.ContainsKey(IndexedField)
        || Unindexed is not { } bound
        || Entry.Read(row[Collections.EndField].AsBinary) > bound;

    /// <summary>Takes a finished job into the slice under way, and marks its new row.</summary>
    public void Add(Job job, BsonDocument row)
    {
        row[IndexedField] = 1;
        Add(job);
    }

    /// <summary>Takes in that an attempt of a job in the history has another outcome.</summary>
    public void Change(Job before, Job after, BsonDocument row)
    {
        if (after.IsFinished && IsIndexed(row))
        {
            _rollups.Add(before, -1);
            _rollups.Add(after, 1);
            var (old, now) = (Term.OfFinished(before).ToHashSet(), Term.OfFinished(after).ToHashSet());
            _postings.Remove(old.Except(now).Select(term => (term, EntryOf(term, before))));
            foreach (var term in now.Except(old))
            {
                _postings.Add(term, EntryOf(term, after));
            }
        }
    }

    /// <summary>Writes the slice under way, within the transaction under way.</summary>
    public void Flush()
    {
        _postings.Flush();
        _rollups.Flush();
    }

    /// <summary>
    /// Takes rows of the history out of the indexes, within the transaction under way. The sums over executions stay.
    /// </summary>
    public void Forget(IEnumerable<BsonDocument> rows) =>
        _postings.Remove(
            rows.Where(IsIndexed)
                .Select(JobRows.TryJobOf)
                .OfType<Job>()
                .SelectMany(job => Term.OfFinished(job).Select(term => (term, EntryOf(term, job))))
        );

    /// <summary>Takes in the next rows that an older version wrote. True while there are more.</summary>
    public bool TakeInSlice(int limit)
    {
        if (_unindexed is not { } bound)
        {
            return false;
        }

        var rows = documents.Scan(
            Collections.History,
            Collections.EndField,
            Entry.Lowest.ToArray(),
            bound,
            descending: true,
            limit
        );
        var next = rows.Count < limit ? null : Collections.Before(rows[^1][Collections.EndField].AsBinary);
        documents.Transact(() =>
        {
            foreach (var row in rows.Where(row => !row.ContainsKey(IndexedField)))
            {
                if (JobRows.TryJobOf(row) is { } job)
                {
                    Add(job);
                }
            }

            Flush();
            KeepBound(next);
        });
        _unindexed = next;
        Report(rows.Count);
        return next is not null;
    }

    private static byte[]? ReadBound(Documents documents) =>
        documents.Find(Collections.Meta, Formats.StoreId)?[UnindexedField] is { IsBinary: true } bound
            ? bound.AsBinary
            : null;

    private static Entry EntryOf(Term term, Job job) =>
        term.Order == TermOrder.ById ? IdEntry.Of(job) : EndEntry.Of(job);

    private void Add(Job job)
    {
        var (id, end) = (IdEntry.Of(job), EndEntry.Of(job));
        foreach (var term in Term.OfFinished(job))
        {
            _postings.Add(term, term.Order == TermOrder.ById ? id : end);
        }

        _rollups.Add(job, 1);
    }

    private void KeepBound(byte[]? bound)
    {
        var meta = documents.Find(Collections.Meta, Formats.StoreId)!;
        if (bound is null)
        {
            meta.Remove(UnindexedField);
        }
        else
        {
            meta[UnindexedField] = bound;
        }

        documents.Upsert(Collections.Meta, meta);
    }

    private void Report(int rows)
    {
        var before = _takenIn;
        _takenIn += rows;
        if (_unindexed is null)
        {
            logger.HistoryIndexed(_takenIn);
        }
        else if (before / RowsPerReport != _takenIn / RowsPerReport || before == 0)
        {
            logger.IndexingHistory(_takenIn, new DateTime((long)Unindexed!.Value.High, DateTimeKind.Utc));
        }
    }
}
