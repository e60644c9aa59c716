using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>Cuts pages out of lists that are held in memory. The cursor is the key of a page's last row.</summary>
internal static class Paging
{
    /// <summary>One page as an answer, or the refusal of a query that is not valid.</summary>
    public static IResult Answer<TRow, TView>(
        PageQuery query,
        IEnumerable<TRow> rows,
        Func<TRow, string> key,
        Func<TRow, TView> view,
        JsonTypeInfo<Page<TView>> type
    ) =>
        PageQueryValidator.Instance.Check(query) is { } problem
            ? problem
            : Answers.Json(ByKey(rows, key, view, query), type);

    /// <summary>One page as an answer; rows are read only for a query that is valid.</summary>
    public static async Task<IResult> AnswerAsync<TRow, TView>(
        PageQuery query,
        Func<Task<TRow[]>> rows,
        Func<TRow, string> key,
        Func<TRow, TView> view,
        JsonTypeInfo<Page<TView>> type
    ) =>
        PageQueryValidator.Instance.Check(query) is { } problem
            ? problem
            : Answers.Json(ByKey(await rows(), key, view, query), type);

    /// <summary>Cuts the page that a query, which was checked before, asks for.</summary>
    public static Page<TRow> Cut<TRow>(IEnumerable<TRow> rows, Func<TRow, string> key, IPageQuery query) =>
        ByKey(rows, key, row => row, query);

    private static Page<TView> ByKey<TRow, TView>(
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
