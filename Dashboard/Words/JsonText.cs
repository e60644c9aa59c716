using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Writes JSON values for people to read and edit, and reads what they typed.</summary>
internal static class JsonText
{
    /// <summary>The most characters of a value that a field takes: a page's message to the Broker is bounded.</summary>
    public const int TypedMax = 8_000;

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The value on several lines, with its fields in their order; empty for none.</summary>
    public static string Of(RawJson value)
    {
        if (value.IsEmpty)
        {
            return "";
        }

        using var document = JsonDocument.Parse(value.WithoutLoneSurrogates().Utf8);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Indented))
        {
            document.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Reads one JSON value; an empty text is none.</summary>
    /// <param name="problem">Where the text is no JSON; null when it is.</param>
    public static bool TryRead(string? text, out RawJson value, out string? problem)
    {
        (value, problem) = (default, null);
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        try
        {
            value = RawJson.Parse(text);
            return true;
        }
        catch (JsonException e)
        {
            var (line, character) = ((e.LineNumber ?? 0) + 1, (e.BytePositionInLine ?? 0) + 1);
            problem = $"This is no JSON: look at line {line}, character {character}.";
            return false;
        }
    }
}
