using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScheduleZero.Dashboard.Components;

/// <summary>Filters of a list that have a name.</summary>
/// <param name="Query">The query of the list's address, without the question mark.</param>
internal sealed record SavedFilter(string Name, string Query);

/// <summary>
/// Filters with names, in order of their names, as a browser stores them. What a browser has stored may have been
/// changed there: whatever is not a filter is left out.
/// </summary>
internal static class SavedFilterList
{
    public const int CountMax = 50;
    public const int NameLengthMax = 60;

    /// <summary>How long the query of an address may be that is saved.</summary>
    public const int QueryLengthMax = 2_000;

    /// <summary>How long the stored text may be that is read; what <see cref="Write"/> makes is shorter.</summary>
    public const int BytesMax = CountMax * (NameLengthMax + QueryLengthMax) * 6;

    /// <summary>Reads what a browser has stored.</summary>
    public static IReadOnlyList<SavedFilter> Parse(string text)
    {
        try
        {
            return !string.IsNullOrWhiteSpace(text) && JsonNode.Parse(text) is JsonArray stored
                ? InOrder(stored.Select(Of).OfType<SavedFilter>())
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    public static string Write(IReadOnlyList<SavedFilter> filters) =>
        new JsonArray([
            .. filters.Select(filter => new JsonObject { ["name"] = filter.Name, ["query"] = filter.Query }),
        ]).ToJsonString();

    /// <summary>The filters with one more, in place of those that have its name already.</summary>
    public static IReadOnlyList<SavedFilter> With(IReadOnlyList<SavedFilter> filters, SavedFilter added) =>
        InOrder([added, .. Without(filters, added.Name)]);

    public static IReadOnlyList<SavedFilter> Without(IReadOnlyList<SavedFilter> filters, string name) =>
        [.. filters.Where(filter => filter.Name != name)];

    private static IReadOnlyList<SavedFilter> InOrder(IEnumerable<SavedFilter> filters) =>
        [
            .. filters
                .DistinctBy(filter => filter.Name, StringComparer.Ordinal)
                .Take(CountMax)
                .OrderBy(filter => filter.Name, StringComparer.OrdinalIgnoreCase),
        ];

    private static SavedFilter? Of(JsonNode? stored) =>
        stored is JsonObject
        && TextOf(stored["name"]) is { Length: > 0 and <= NameLengthMax } name
        && TextOf(stored["query"]) is { Length: > 0 and <= QueryLengthMax } query
            ? new SavedFilter(name, query)
            : null;

    private static string? TextOf(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
