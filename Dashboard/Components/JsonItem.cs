using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Components;

/// <summary>One value of a JSON document as a page shows it.</summary>
/// <param name="Name">The field's name, or the place in its list; empty for the whole document.</param>
/// <param name="Kind">The style class of the value: <c>object</c>, <c>list</c>, <c>text</c>, <c>number</c> or
/// <c>word</c>.</param>
/// <param name="Text">The value, or how much is in an object or a list.</param>
/// <param name="Items">What is in an object or a list, as far as it is shown.</param>
/// <param name="Hidden">How many values of an object or a list are not shown.</param>
internal sealed record JsonItem(string Name, string Kind, string Text, IReadOnlyList<JsonItem> Items, int Hidden)
{
    /// <summary>How many values of one document are shown at most.</summary>
    public const int ItemsMax = 1_000;

    /// <summary>How many characters of one text are shown at most.</summary>
    public const int TextLengthMax = 2_000;

    /// <summary>
    /// How large a document may be to be shown value by value; a larger one is shown by its beginning.
    /// </summary>
    public const int BytesMax = 512 * 1024;

    private const int NameLengthMax = 200;
    private const int DepthMax = 30;

    public bool HasItems => Kind is "object" or "list";

    /// <summary>The outline of a document; null when it is too large, too deep or no JSON.</summary>
    public static JsonItem? Of(RawJson json)
    {
        if (json.IsEmpty || json.Utf8.Length > BytesMax)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json.Utf8);
            var left = ItemsMax;
            return Read("", document.RootElement, DepthMax, ref left);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair in a text is valid JSON, and no text.
            return null;
        }
    }

    private static JsonItem Read(string name, JsonElement value, int depth, ref int left)
    {
        left--;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = value.GetPropertyCount();
                var shown = new List<JsonItem>();
                foreach (var field in value.EnumerateObject())
                {
                    if (left <= 0 || depth == 0)
                    {
                        break;
                    }

                    shown.Add(Read(ForeignText.Line(field.Name, NameLengthMax), field.Value, depth - 1, ref left));
                }

                return Group(name, "object", shown, fields, "field");
            case JsonValueKind.Array:
                var length = value.GetArrayLength();
                var values = new List<JsonItem>();
                foreach (var one in value.EnumerateArray())
                {
                    if (left <= 0 || depth == 0)
                    {
                        break;
                    }

                    values.Add(Read(NumberText.Whole(values.Count), one, depth - 1, ref left));
                }

                return Group(name, "list", values, length, "value");
            case JsonValueKind.String:
                return new JsonItem(name, "text", ForeignText.Block(value.GetString(), TextLengthMax), [], 0);
            case JsonValueKind.Number:
                return new JsonItem(name, "number", ForeignText.Line(value.GetRawText(), TextLengthMax), [], 0);
            default:
                return new JsonItem(name, "word", value.GetRawText(), [], 0);
        }
    }

    private static JsonItem Group(string name, string kind, List<JsonItem> shown, int count, string noun) =>
        new(name, kind, NumberText.Of(count, noun, $"{noun}s"), shown, count - shown.Count);
}
