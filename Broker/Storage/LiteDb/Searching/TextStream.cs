using ScheduleZero.Broker.Storage.LiteDb.Indexes;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>
/// Every entry of the order of ids whose job may hold a text. Such a stream makes no entries of its own: it only leads
/// the streams beside it past those whose jobs cannot hold the text.
/// </summary>
internal sealed class TextStream(
    TextFilters filters,
    string ns,
    string text,
    Entry first,
    SearchBudget budget,
    bool descending
) : EntryStream(descending)
{
    private readonly ushort[] _grams = TextFilter.GramsOf(ns, text);
    private readonly bool _mayStandInIds = JobSearch.MayStandInIds(text);
    private Entry _current = first;

    public override Entry? Current => _current;

    public override void Seek(Entry to)
    {
        if (_mayStandInIds && JobSearch.HasText(IdEntry.JobIdOf(to), text))
        {
            _current = to;
            return;
        }

        var empty = filters.FindWithout(to, _grams, out var reads);
        budget.Spend(reads);
        _current =
            empty is not var (width, bucket) ? to
            : _mayStandInIds ? Behind(to, to)
            : Behind(
                Postings.LowestOf(TermOrder.ById, width, bucket),
                Postings.HighestOf(TermOrder.ById, width, bucket)
            );
    }

    private Entry Behind(Entry lowest, Entry highest) => Descending ? lowest.Before : highest.After;
}
