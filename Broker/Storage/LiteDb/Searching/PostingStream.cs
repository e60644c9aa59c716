using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>The entries of one term in buckets of one width, read from its blocks bucket by bucket.</summary>
internal sealed class PostingStream : EntryStream
{
    private const int PageMin = 4;
    private const int PageMax = 64;

    private readonly Documents _documents;
    private readonly BucketCache _cache;
    private readonly SearchBudget _budget;
    private readonly Func<Entry, bool> _wants;
    private readonly TermOrder _order;
    private readonly byte[] _hash;
    private readonly int _width;
    private readonly Entry _low;
    private readonly Entry _high;

    /// <summary>
    /// The entries of the bucket that the stream stands in, in ascending order; they may belong to the cache. Those
    /// from <see cref="_first"/> on and before <see cref="_end"/> are still to come.
    /// </summary>
    private List<Entry> _entries = [];

    /// <summary>The index of the first entry that is still to come.</summary>
    private int _first;

    /// <summary>The index behind the last entry that is still to come.</summary>
    private int _end;

    /// <summary>The bucket that the stream stands in.</summary>
    private ulong _bucket;

    /// <summary>Whether the one entry only marks how far the stream has come.</summary>
    private bool _isMark;

    // Blocks that are read and not used yet, and the bounds of those that are not read yet.
    private List<BsonDocument> _blocks = [];

    /// <summary>The index of the next block to use.</summary>
    private int _nextBlock;

    /// <summary>The lowest key of the blocks that are not read yet; null when all are read.</summary>
    private byte[]? _from;

    /// <summary>The highest key of the blocks that are not read yet.</summary>
    private byte[]? _to;

    /// <summary>How many blocks the next read asks for.</summary>
    private int _page = PageMin;

    /// <summary>Begins a stream.</summary>
    /// <param name="low">The lowest entry, included, as is <paramref name="high"/>.</param>
    /// <param name="wants">A test that needs no more than the entry.</param>
    public PostingStream(
        Documents documents,
        BucketCache cache,
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
        (_documents, _cache, _budget, _wants) = (documents, cache, budget, wants);
        (_order, _hash, _width, _low, _high) = (order, hash, width, low, high);
        if (low <= high)
        {
            _from = Postings.Key(_hash, _width, Postings.BucketOf(_order, _width, low), 0);
            _to = Postings.Key(_hash, _width, Postings.BucketOf(_order, _width, high), ulong.MaxValue);
            LoadBucket();
        }
    }

    public override Entry? Current => IsEmpty ? null : _entries[Descending ? _end - 1 : _first];

    private bool IsEmpty => _first >= _end;

    public override void Seek(Entry to)
    {
        SkipTo(to);
        if (!IsEmpty)
        {
            return;
        }

        SkipBlocks(Postings.BucketOf(_order, _width, to));
        LoadBucket();
        SkipTo(to);
        if (IsEmpty)
        {
            LoadBucket();
        }
    }

    private void SkipTo(Entry to)
    {
        if (Descending)
        {
            _end = Math.Max(_first, Math.Min(_end, CountBelow(to.After)));
        }
        else
        {
            _first = Math.Min(_end, Math.Max(_first, CountBelow(to)));
        }

        SkipUnwanted();
    }

    private void SkipUnwanted()
    {
        while (!_isMark && Current is { } current && !_wants(current))
        {
            _ = Descending ? _end-- : _first++;
        }
    }

    /// <summary>How many entries of the bucket lie below the given one.</summary>
    private int CountBelow(Entry bound)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _entries[middle] < bound ? (middle + 1, high) : (low, middle);
        }

        return low;
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

    // Reads the next bucket that has a wanted entry. When the budget is spent before there is one, the bucket's edge
    // stands in for it: no job has such an id, but the search knows how far it has come.
    private void LoadBucket()
    {
        do
        {
            _first = _end = 0;
            _isMark = false;
            if (PeekBlock() is not { } first)
            {
                return;
            }

            _bucket = Postings.BucketOf(first);
            if (_cache.Find(_hash, _width, _bucket) is { } cached)
            {
                _entries = cached;
                LeaveBucket();
            }
            else
            {
                ReadBucket(first);
            }

            _first = CountBelow(_low);
            _end = CountBelow(_high.After);
            SkipUnwanted();
        } while (IsEmpty && !TryMark());
    }

    private void ReadBucket(BsonDocument first)
    {
        _entries = [];
        var count = 0;
        for (var block = first; block is not null && Postings.BucketOf(block) == _bucket; block = PeekBlock())
        {
            Postings.ReadInto(_entries, block);
            _nextBlock++;
            count++;
        }

        _entries.Sort();
        if (count >= BucketCache.BlocksMin)
        {
            _cache.Put(_hash, _width, _bucket, _entries);
        }
    }

    /// <summary>Goes on behind the blocks of the bucket, which are not read.</summary>
    private void LeaveBucket()
    {
        while (_nextBlock < _blocks.Count && Postings.BucketOf(_blocks[_nextBlock]) == _bucket)
        {
            _nextBlock++;
        }

        if (_nextBlock < _blocks.Count || _from is null)
        {
            return;
        }

        if (Descending)
        {
            _to = RowKeys.Before(Postings.Key(_hash, _width, _bucket, 0));
        }
        else
        {
            _from = RowKeys.After(Postings.Key(_hash, _width, _bucket, ulong.MaxValue));
        }

        _page = PageMin;
    }

    private bool TryMark()
    {
        if (!_budget.IsSpent)
        {
            return false;
        }

        _entries =
        [
            Descending
                ? Entry.Higher(_low, Postings.LowestOf(_order, _width, _bucket))
                : Entry.Lower(_high, Postings.HighestOf(_order, _width, _bucket)),
        ];
        (_first, _end, _isMark) = (0, 1, true);
        return true;
    }

    private BsonDocument? PeekBlock()
    {
        if (_nextBlock >= _blocks.Count && _from is not null)
        {
            _blocks =
                _from.AsSpan().SequenceCompareTo(_to) > 0
                    ? []
                    : _documents.Scan(Postings.Name, "_id", _from, _to!, Descending, _page);
            _budget.Spend(_blocks.Count);
            _nextBlock = 0;
            if (_blocks.Count < _page)
            {
                _from = null;
            }
            else if (Descending)
            {
                _to = RowKeys.Before(_blocks[^1]["_id"].AsBinary);
            }
            else
            {
                _from = RowKeys.After(_blocks[^1]["_id"].AsBinary);
            }

            _page = Math.Min(PageMax, _page * 2);
        }

        return _nextBlock < _blocks.Count ? _blocks[_nextBlock] : null;
    }
}
