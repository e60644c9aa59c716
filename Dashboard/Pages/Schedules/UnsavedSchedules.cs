using System.Text.Json;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>
/// Reads schedules that somebody pasted: one, a list, or the file that <c>schedules export -o json</c> prints.
/// </summary>
internal static class UnsavedSchedules
{
    private const string Path = "schedules";

    /// <summary>The schedules; null when nothing was pasted, or when it cannot be read.</summary>
    public static IReadOnlyList<ScheduleRequest>? Read(string text, FieldErrors errors)
    {
        if (!JsonText.TryRead(text, out var json, out var problem))
        {
            errors.Add(Path, problem!);
            return null;
        }

        if (json.IsEmpty)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json.Utf8);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty(Path, out var list))
            {
                root = list;
            }

            return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(One)] : [One(root)];
        }
        catch (JsonException e)
        {
            errors.Add(Path, $"This is no schedule: {e.Message}");
            return null;
        }
    }

    private static ScheduleRequest One(JsonElement element) =>
        element.Deserialize(RestJson.Default.ScheduleRequest) ?? throw new JsonException("It is null.");
}
