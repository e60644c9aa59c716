using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>Cuts pages out of lists that are held in memory. The cursor is the key of the last row.</summary>
internal static class Paging
{
    public static Page<TView> ByKey<TRow, TView>(
        IEnumerable<TRow> rows,
        Func<TRow, string> key,
        Func<TRow, TView> view,
        IPageQuery query
    )
    {
        var limit = query.LimitOrDefault();
        var following = rows.Where(row => query.Cursor is null || string.CompareOrdinal(key(row), query.Cursor) > 0)
            .OrderBy(key, StringComparer.Ordinal)
            .Take(limit + 1)
            .ToList();
        var items = following.Take(limit).Select(view).ToList();
        return new Page<TView>(items, following.Count > limit ? key(following[limit - 1]) : null);
    }
}
