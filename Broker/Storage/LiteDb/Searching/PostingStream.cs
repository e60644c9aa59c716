using LiteDB;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>The entries of one term in buckets of one width, read from its blocks bucket by bucket.</summary>
internal sealed class PostingStream : EntryStream
{
    private const int PageMin = 4;
    private const int PageMax = 64;

    private readonly Documents _documents;
    private readonly SearchBudget _budget;
    private readonly Func<Entry, bool> _wants;
    private readonly TermOrder _order;
    private readonly byte[] _hash;
    private readonly int _width;
    private readonly Entry _low;
    private readonly Entry _high;
    private readonly List<Entry> _entries = [];
    private int _at;
    private ulong _bucket;

    // Blocks that are read and not used yet, and the bounds of those that are not read yet.
    private List<BsonDocument> _blocks = [];
    private int _nextBlock;
    private byte[]? _from;
    private byte[]? _to;
    private int _page = PageMin;

    /// <param name="low">Included, as is <paramref name="high"/>.</param>
    /// <param name="wants">A test that needs no more than the entry.</param>
    public PostingStream(
        Documents documents,
        TermOrder order,
        byte[] hash,
        int width,
        Entry low,
        Entry high,
        Func<Entry, bool> wants,
        SearchBudget budget,
        bool descending
    )
        : base(descending)
    {
        (_documents, _budget, _wants) = (documents, budget, wants);
        (_order, _hash, _width, _low, _high) = (order, hash, width, low, high);
        if (low <= high)
        {
            _from = Postings.Key(_hash, _width, Postings.BucketOf(_order, _width, low), 0);
            _to = Postings.Key(_hash, _width, Postings.BucketOf(_order, _width, high), ulong.MaxValue);
            LoadBucket();
        }
    }

    public override Entry? Current => _at < _entries.Count ? _entries[_at] : null;

    public override void Seek(Entry to)
    {
        SkipTo(to);
        if (_at < _entries.Count)
        {
            return;
        }

        SkipBlocks(Postings.BucketOf(_order, _width, to));
        LoadBucket();
        SkipTo(to);
        if (_at >= _entries.Count)
        {
            LoadBucket();
        }
    }

    private void SkipTo(Entry to)
    {
        while (_at < _entries.Count && IsBefore(_entries[_at], to))
        {
            _at++;
        }
    }

    // Buckets that lie before the one that is sought are not read at all.
    private void SkipBlocks(ulong bucket)
    {
        while (_nextBlock < _blocks.Count && IsBefore(Postings.BucketOf(_blocks[_nextBlock]), bucket))
        {
            _nextBlock++;
        }

        if (_nextBlock < _blocks.Count || _from is null)
        {
            return;
        }

        var edge = Postings.Key(_hash, _width, bucket, Descending ? ulong.MaxValue : 0);
        if (Descending && edge.AsSpan().SequenceCompareTo(_to) < 0)
        {
            (_to, _page) = (edge, PageMin);
        }
        else if (!Descending && edge.AsSpan().SequenceCompareTo(_from) > 0)
        {
            (_from, _page) = (edge, PageMin);
        }
    }

    private bool IsBefore(ulong one, ulong other) => Descending ? one > other : one < other;

    // Reads the next bucket that has an entry which is wanted. When the budget is spent before there is one, the
    // bucket's edge stands in for it: no job has such an id, but the search knows how far it has come.
    private void LoadBucket()
    {
        do
        {
            _entries.Clear();
            _at = 0;
            if (PeekBlock() is not { } first)
            {
                return;
            }

            _bucket = Postings.BucketOf(first);
            for (var block = first; block is not null && Postings.BucketOf(block) == _bucket; block = PeekBlock())
            {
                Postings.ReadInto(_entries, block);
                _nextBlock++;
            }

            _entries.RemoveAll(entry => entry < _low || entry > _high || !_wants(entry));
            _entries.Sort(Descending ? static (x, y) => y.CompareTo(x) : static (x, y) => x.CompareTo(y));
        } while (_entries.Count == 0 && !TryMark());
    }

    private bool TryMark()
    {
        if (!_budget.IsSpent)
        {
            return false;
        }

        _entries.Add(
            Descending
                ? Entry.Higher(_low, Postings.LowestOf(_order, _width, _bucket))
                : Entry.Lower(_high, Postings.HighestOf(_order, _width, _bucket))
        );
        return true;
    }

    private BsonDocument? PeekBlock()
    {
        if (_nextBlock >= _blocks.Count && _from is not null)
        {
            _blocks =
                _from.AsSpan().SequenceCompareTo(_to) > 0
                    ? []
                    : _documents.Scan(Collections.Postings, "_id", _from, _to!, Descending, _page);
            _budget.Spend(_blocks.Count);
            _nextBlock = 0;
            if (_blocks.Count < _page)
            {
                _from = null;
            }
            else if (Descending)
            {
                _to = Collections.Before(_blocks[^1]["_id"].AsBinary);
            }
            else
            {
                _from = Collections.After(_blocks[^1]["_id"].AsBinary);
            }

            _page = Math.Min(PageMax, _page * 2);
        }

        return _nextBlock < _blocks.Count ? _blocks[_nextBlock] : null;
    }
}
