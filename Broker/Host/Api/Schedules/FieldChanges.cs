using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>Compares two objects of REST field by field.</summary>
internal static class FieldChanges
{
    public static IReadOnlyList<FieldChange> Between<T>(T before, T after, JsonTypeInfo<T> type)
    {
        var changes = new List<FieldChange>();
        Compare("", Element(before, type), Element(after, type), changes);
        return changes;
    }

    // Half a surrogate pair, which an older version may have saved, is no character, and could not be compared.
    private static JsonElement Element<T>(T value, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize<JsonElement>(
            new RawJson(JsonSerializer.SerializeToUtf8Bytes(value, type)).WithoutLoneSurrogates().Utf8.Span
        );

    private static void Compare(string path, JsonElement before, JsonElement after, List<FieldChange> changes)
    {
        if (before.ValueKind != JsonValueKind.Object || after.ValueKind != JsonValueKind.Object)
        {
            if (!JsonElement.DeepEquals(before, after))
            {
                changes.Add(new FieldChange(path, Raw(before), Raw(after)));
            }

            return;
        }

        foreach (var field in before.EnumerateObject())
        {
            if (after.TryGetProperty(field.Name, out var then))
            {
                Compare(Join(path, field.Name), field.Value, then, changes);
            }
            else
            {
                changes.Add(new FieldChange(Join(path, field.Name), Raw(field.Value)));
            }
        }

        foreach (var field in after.EnumerateObject())
        {
            if (!before.TryGetProperty(field.Name, out _))
            {
                changes.Add(new FieldChange(Join(path, field.Name), To: Raw(field.Value)));
            }
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static RawJson Raw(JsonElement element) => RawJson.Parse(element.GetRawText());
}
