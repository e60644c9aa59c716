using LiteDB;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// One search over the overlay and one or two collections, merged by key. It runs in steps, so that commits pass in between; what
/// moves from one source to another meanwhile keeps its key, and is met once.
/// </summary>
internal sealed class MergedSearch(Documents documents, JobRows rows, Overlay overlay, MergedSearch.Plan plan)
{
    private const int RowsPerPage = 128;
    private const int RowsPerStep = 256; // About 5 ms.

    private readonly List<StoredJob> _items = [];
    private readonly Source[] _sources = [.. plan.Collections.Select(name => new Source(name))];
    private List<(byte[] Key, JobEntry Entry)>? _waiting;
    private int _nextWaiting;
    private byte[]? _last;
    private int _looked;

    /// <param name="Field">The indexed field that is the key in the collections.</param>
    /// <param name="Low">Included, as is <paramref name="High"/>.</param>
    /// <param name="KeyOf">The key of a job; null when it has none and so is not meant.</param>
    public sealed record Plan(
        IReadOnlyList<string> Collections, string Field, bool Descending, byte[] Low, byte[] High, int Limit, int RowsMax,
        Func<Job, byte[]?> KeyOf, Func<Job, bool> Matches);

    public Page<StoredJob>? Result { get; private set; }

    /// <summary>False while there is more to do.</summary>
    public bool Step()
    {
        _waiting ??= FindWaiting();
        for (var count = 0; count < RowsPerStep; count++)
        {
            if (!HasNext(out var key, out var entry, out var row))
            {
                Result = new Page<StoredJob>(_items);
                return true;
            }

            if (_items.Count >= plan.Limit || _looked >= plan.RowsMax)
            {
                Result = new Page<StoredJob>(_items, LiteDb.Collections.ToCursor(_last ?? key));
                return true;
            }

            if (_last is null || !key.AsSpan().SequenceEqual(_last))
            {
                _looked++;
                Look(entry, row);
            }

            _last = key;
        }

        // Rows read ahead may be out of date by the next step.
        foreach (var source in _sources)
        {
            source.Forget();
        }

        return false;
    }

    private List<(byte[] Key, JobEntry Entry)> FindWaiting()
    {
        var found = new List<(byte[] Key, JobEntry Entry)>();
        foreach (var entry in overlay.Jobs)
        {
            if (entry.Job is { } job && plan.KeyOf(job) is { } key
                && key.AsSpan().SequenceCompareTo(plan.Low) >= 0 && key.AsSpan().SequenceCompareTo(plan.High) <= 0
                && plan.Matches(job))
            {
                found.Add((key, entry));
            }
        }

        found.Sort((a, b) => Compare(a.Key, b.Key));
        return found;
    }

    private bool HasNext([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? key, out JobEntry? entry, out BsonDocument? row)
    {
        (key, entry, row) = (null, null, null);
        if (_nextWaiting < _waiting!.Count)
        {
            (key, entry) = _waiting[_nextWaiting];
        }

        Source? from = null;
        foreach (var source in _sources)
        {
            if (source.Peek(documents, plan, _last) is { } head && (key is null || Compare(KeyOf(head), key) < 0))
            {
                (key, entry, row, from) = (KeyOf(head), null, head, source);
            }
        }

        if (from is not null)
        {
            from.Step();
        }
        else if (key is not null)
        {
            _nextWaiting++;
        }

        return key is not null;
    }

    private void Look(JobEntry? waiting, BsonDocument? row)
    {
        if (waiting is not null)
        {
            _items.Add(Stored(waiting));
            return;
        }

        if (JobRows.TryJobOf(row!) is not { } job)
        {
            return;
        }

        if (overlay.Find(job.Id) is { } newer)
        {
            if (newer.IsDropped)
            {
                return;
            }

            job = newer.Over(job);
        }

        if (plan.KeyOf(job) is not null && plan.Matches(job))
        {
            _items.Add(rows.StoredOf(row!, job));
        }
    }

    private StoredJob Stored(JobEntry entry)
    {
        var found = entry.Params;
        if (found is null && (rows.FindOpen(entry.Id) ?? rows.FindFinished(entry.Id)) is { } row)
        {
            found = rows.ParamsOf(row);
        }

        return new StoredJob(entry.Job!, found ?? default, entry.Result);
    }

    private byte[] KeyOf(BsonDocument row) => row[plan.Field].AsBinary;

    private int Compare(byte[] x, byte[] y) => plan.Descending ? y.AsSpan().SequenceCompareTo(x) : x.AsSpan().SequenceCompareTo(y);

    private sealed class Source(string collection)
    {
        private List<BsonDocument> _page = [];
        private int _next;
        private bool _isLast;

        public BsonDocument? Peek(Documents documents, Plan plan, byte[]? last)
        {
            if (_next >= _page.Count && !_isLast)
            {
                Load(documents, plan, last);
            }

            return _next < _page.Count ? _page[_next] : null;
        }

        public void Step() => _next++;

        public void Forget()
        {
            _page = [];
            _next = 0;
            _isLast = false;
        }

        private void Load(Documents documents, Plan plan, byte[]? last)
        {
            var (low, high) = (plan.Low, plan.High);
            if (last is not null)
            {
                var bound = plan.Descending ? LiteDb.Collections.Before(last) : LiteDb.Collections.After(last);
                (low, high) = plan.Descending ? (low, bound ?? low) : (bound ?? high, high);
                _isLast = bound is null;
            }

            _page = low.AsSpan().SequenceCompareTo(high) > 0 || _isLast
                ? []
                : documents.Scan(collection, plan.Field, low, high, plan.Descending, RowsPerPage);
            _next = 0;
            _isLast |= _page.Count < RowsPerPage;
        }
    }
}
