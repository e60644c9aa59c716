using ScheduleZero.Broker.Storage.LiteDb.Indexes;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>
/// A stream of entries in one direction, each once. A stream is read within one turn of the storage thread: entries
/// that are written later it may not see.
/// </summary>
internal abstract class EntryStream(bool descending)
{
    /// <summary>Whether the newest entry comes first.</summary>
    public bool Descending { get; } = descending;

    /// <summary>The entry that the stream stands at; null at its end.</summary>
    public abstract Entry? Current { get; }

    /// <summary>Goes on to the first entry that does not lie before the given one, in the stream's direction.</summary>
    public abstract void Seek(Entry to);

    public void Next()
    {
        if (Current is { } current)
        {
            Seek(Descending ? current.Before : current.After);
        }
    }

    /// <summary>Whether the one comes before the other in the stream's direction.</summary>
    protected bool IsBefore(Entry one, Entry other) => Descending ? one > other : one < other;
}

/// <summary>A stream of the entries that are in any of some streams.</summary>
internal sealed class AnyOf(IReadOnlyList<EntryStream> streams, bool descending) : EntryStream(descending)
{
    public override Entry? Current
    {
        get
        {
            Entry? first = null;
            foreach (var stream in streams)
            {
                if (stream.Current is { } current && (first is not { } best || IsBefore(current, best)))
                {
                    first = current;
                }
            }

            return first;
        }
    }

    public override void Seek(Entry to)
    {
        foreach (var stream in streams)
        {
            if (stream.Current is { } current && IsBefore(current, to))
            {
                stream.Seek(to);
            }
        }
    }
}

/// <summary>
/// A stream of the entries that are in all of some streams. The sparsest stream decides how much of the others is read.
/// </summary>
internal sealed class AllOf : EntryStream
{
    private readonly IReadOnlyList<EntryStream> _streams;
    private readonly SearchBudget _budget;
    private Entry? _current;

    public AllOf(IReadOnlyList<EntryStream> streams, SearchBudget budget, bool descending)
        : base(descending)
    {
        _streams = streams;
        _budget = budget;
        Align();
    }

    public override Entry? Current => _current;

    public override void Seek(Entry to)
    {
        foreach (var stream in _streams)
        {
            if (stream.Current is { } current && IsBefore(current, to))
            {
                stream.Seek(to);
            }
        }

        Align();
    }

    // Moves every stream to the place of the one that is farthest, until they agree.
    private void Align()
    {
        while (true)
        {
            Entry? farthest = null;
            var agree = true;
            foreach (var stream in _streams)
            {
                if (stream.Current is not { } current)
                {
                    _current = null;
                    return;
                }

                agree &= farthest is not { } other || current == other;
                farthest = farthest is { } known && !IsBefore(known, current) ? known : current;
            }

            if (agree || _budget.IsSpent)
            {
                // With the budget spent this may be the entry of one stream alone. The search tests every job in full
                // anyway.
                _current = farthest;
                return;
            }

            foreach (var stream in _streams)
            {
                if (stream.Current is { } current && IsBefore(current, farthest!.Value))
                {
                    stream.Seek(farthest.Value);
                }
            }
        }
    }
}

/// <summary>A stream of entries that are in memory.</summary>
/// <param name="entries">The entries, in the stream's direction.</param>
internal sealed class ListedEntries(IReadOnlyList<Entry> entries, bool descending) : EntryStream(descending)
{
    private int _at;

    public override Entry? Current => _at < entries.Count ? entries[_at] : null;

    public override void Seek(Entry to)
    {
        while (_at < entries.Count && IsBefore(entries[_at], to))
        {
            _at++;
        }
    }
}
