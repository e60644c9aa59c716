using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>
/// The rows of the history that an older version wrote and that are in no index yet, whatever a search asks for.
/// </summary>
internal sealed class UnindexedRows : EntryStream
{
    private const int RowsPerPage = 64;

    private readonly Documents _documents;
    private readonly HistoryIndex _index;
    private readonly SearchBudget _budget;
    private readonly SearchPlan _plan;
    private readonly List<Entry> _entries = [];
    private Entry _low;
    private Entry _high;
    private int _at;
    private bool _isLast;

    public UnindexedRows(Documents documents, HistoryIndex index, SearchPlan plan, Entry bound, SearchBudget budget)
        : base(plan.Descending)
    {
        (_documents, _index, _plan, _budget) = (documents, index, plan, budget);
        (_low, _high) = (plan.Low, plan.Order == TermOrder.ByEnd ? Entry.Lower(plan.High, bound) : plan.High);
        Load();
    }

    public override Entry? Current => _at < _entries.Count ? _entries[_at] : null;

    public override void Seek(Entry to)
    {
        while (Current is { } current && IsBefore(current, to))
        {
            _at++;
            if (_at >= _entries.Count)
            {
                Load();
            }
        }
    }

    // Reads the next rows. A page whose rows are all indexed has no entry. When the budget is spent, its last row
    // stands in for one: the search knows how far it has come.
    private void Load()
    {
        (_at, var field) = (0, _plan.Order == TermOrder.ById ? "_id" : JobRows.EndField);
        _entries.Clear();
        while (_entries.Count == 0 && !_isLast)
        {
            var page =
                _low > _high
                    ? []
                    : _documents.Scan(JobRows.History, field, KeyOf(_low), KeyOf(_high), Descending, RowsPerPage);
            _budget.Spend(page.Count);
            _isLast = page.Count < RowsPerPage;
            // A row's key is only the beginning of an entry in the order of ids: the row at a bound may lie just
            // beyond it.
            _entries.AddRange(
                page.Where(row => !_index.IsIndexed(row))
                    .Select(EntryOf)
                    .Where(entry => entry >= _low && entry <= _high)
            );
            if (page.Count > 0)
            {
                var last = EntryOf(page[^1]);
                (_low, _high) = Descending ? (_low, last.Before) : (last.After, _high);
                if (_entries.Count == 0 && _budget.IsSpent)
                {
                    _entries.Add(last);
                }
            }
        }
    }

    private byte[] KeyOf(Entry entry) => _plan.Order == TermOrder.ById ? entry.ToArray()[..16] : entry.ToArray();

    // The entry of a row. A row that cannot be read has a place too, so that a search gets past it.
    private Entry EntryOf(BsonDocument row) =>
        JobRows.TryJobOf(row) is { } job ? _plan.EntryOf(job)!.Value
        : _plan.Order == TermOrder.ById ? IdEntry.Of(JobRows.IdOf(row), 0)
        : Entry.Read(row[JobRows.EndField].AsBinary);
}
