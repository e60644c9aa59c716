using System.Collections.Concurrent;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// Rows by place and key, such as the notices of each channel. Safe from any thread.
/// </summary>
internal sealed class RowShelf<TPlace, TRow>
    where TPlace : notnull
    where TRow : class
{
    private readonly ConcurrentDictionary<TPlace, ConcurrentDictionary<string, TRow>> _places = new();

    public IEnumerable<TRow> All => ByPlace.SelectMany(place => place.Rows);

    public IEnumerable<(TPlace Place, IEnumerable<TRow> Rows)> ByPlace =>
        _places.Select(place => (place.Key, place.Value.Select(row => row.Value)));

    public void Put(TPlace place, string key, TRow row, bool isGone)
    {
        lock (_places) // A place that empties must not go while it gets a row.
        {
            PutLocked(place, key, row, isGone);
        }
    }

    private void PutLocked(TPlace place, string key, TRow row, bool isGone)
    {
        if (!isGone)
        {
            // Most places hold few rows, so they have one lock each, and not one for each processor.
            _places.GetOrAdd(place, _ => new(concurrencyLevel: 1, capacity: 4, StringComparer.Ordinal))[key] = row;
        }
        else if (_places.TryGetValue(place, out var rows) && rows.TryRemove(key, out _) && rows.IsEmpty)
        {
            _places.TryRemove(place, out _);
        }
    }

    public IEnumerable<TRow> Of(TPlace place) =>
        _places.TryGetValue(place, out var rows) ? rows.Select(row => row.Value) : [];

    public int Count(TPlace place) => _places.TryGetValue(place, out var rows) ? rows.Count : 0;

    public TRow? Find(TPlace place, string key) => _places.GetValueOrDefault(place)?.GetValueOrDefault(key);
}
