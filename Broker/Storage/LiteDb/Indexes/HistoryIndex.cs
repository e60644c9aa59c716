using LiteDB;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// Answers searches and sums of the history from the indexes and the sums over executions. Both are written in the
/// transaction that writes the job's row. Rows that an older version wrote are indexed while the Broker works, newest
/// end first; a field marks the rows that were indexed when they were written.
/// </summary>
internal sealed class HistoryIndex(Documents documents, long epoch, ILogger logger)
{
    private const int RowsPerReport = 50_000;

    private readonly Postings _postings = new(documents, epoch);
    private readonly Rollups _rollups = new(documents);
    private readonly TextFilters _texts = new(documents);
    private byte[]? _unindexed = ReadBound(documents);
    private long _indexed;

    /// <summary>The highest end that may belong to a row which is in no index yet; null when every row is.</summary>
    public Entry? Unindexed => _unindexed is { } bound ? Entry.Read(bound) : null;

    public Rollups Rollups => _rollups;

    public TextFilters Texts => _texts;

    /// <summary>The buckets of the indexes that searches have read and may read again.</summary>
    public BucketCache Cache => _postings.Cache;

    /// <summary>How many entries the terms have that somebody has asked for.</summary>
    public PostingCounts Counts => _postings.Counts;

    /// <summary>Whether the row of the history is in the indexes, and counted.</summary>
    public bool IsIndexed(BsonDocument row) =>
        row.ContainsKey(JobRows.IndexedField)
        || Unindexed is not { } bound
        || Entry.Read(row[JobRows.EndField].AsBinary) > bound;

    /// <summary>Adds a finished job to the slice under way, and marks the job's new row.</summary>
    public void Add(Job job, BsonDocument row)
    {
        row[JobRows.IndexedField] = 1;
        Add(job);
    }

    /// <summary>
    /// Updates indexes and sums for a job of the history of which an attempt has another outcome now.
    /// </summary>
    public void Update(Job before, Job after, BsonDocument row)
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

            _texts.Add(after);
        }
    }

    /// <summary>Writes the slice under way, within the transaction under way.</summary>
    public void Flush()
    {
        _postings.Flush();
        _rollups.Flush();
        _texts.Flush();
    }

    /// <summary>
    /// Removes rows of the history from the indexes, within the transaction under way. The sums over executions stay.
    /// </summary>
    public void Remove(IEnumerable<BsonDocument> rows) =>
        _postings.Remove(
            rows.Where(IsIndexed)
                .Select(JobRows.TryJobOf)
                .OfType<Job>()
                .SelectMany(job => Term.OfFinished(job).Select(term => (term, EntryOf(term, job))))
        );

    /// <summary>Indexes the next rows that an older version wrote. True while there are more.</summary>
    public bool IndexSlice(int limit)
    {
        if (_unindexed is not { } bound)
        {
            return false;
        }

        var rows = documents.Scan(
            JobRows.History,
            JobRows.EndField,
            Entry.Lowest.ToArray(),
            bound,
            descending: true,
            limit
        );
        var next = rows.Count < limit ? null : RowKeys.Before(rows[^1][JobRows.EndField].AsBinary);
        documents.Transact(() =>
        {
            foreach (var row in rows.Where(row => !row.ContainsKey(JobRows.IndexedField)))
            {
                if (JobRows.TryJobOf(row) is { } job)
                {
                    Add(job);
                }
            }

            Flush();
            StoreBound(next);
        });
        _unindexed = next;
        Report(rows.Count);
        return next is not null;
    }

    private static byte[]? ReadBound(Documents documents) =>
        documents.Find(StoreMeta.Name, StoreMeta.StoreId)?[StoreMeta.Unindexed] is { IsBinary: true } bound
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
        _texts.Add(job);
    }

    private void StoreBound(byte[]? bound)
    {
        var meta = documents.Find(StoreMeta.Name, StoreMeta.StoreId)!;
        if (bound is null)
        {
            meta.Remove(StoreMeta.Unindexed);
        }
        else
        {
            meta[StoreMeta.Unindexed] = bound;
        }

        documents.Upsert(StoreMeta.Name, meta);
    }

    private void Report(int rows)
    {
        var before = _indexed;
        _indexed += rows;
        if (_unindexed is null)
        {
            logger.HistoryIndexed(_indexed);
        }
        else if (before / RowsPerReport != _indexed / RowsPerReport || before == 0)
        {
            logger.IndexingHistory(_indexed, new DateTime((long)Unindexed!.Value.High, DateTimeKind.Utc));
        }
    }
}
