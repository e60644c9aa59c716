using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace ScheduleZero.Contracts;

/// <summary>
/// Reads and writes durations as ISO 8601 has them, such as <c>PT30S</c> or <c>P1DT2H</c>. Years and months have no
/// fixed length and are refused.
/// </summary>
public static class IsoDuration
{
    private const int LongestText = 64;

    public static string Format(TimeSpan value) => XmlConvert.ToString(value);

    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan value)
    {
        value = default;
        if (
            string.IsNullOrEmpty(text)
            || text.Length > LongestText
            || !HasFixedLength(text)
            // Blanks around the text are refused here, since XmlConvert passes over them.
            || char.IsWhiteSpace(text[0])
            || char.IsWhiteSpace(text[^1])
        )
        {
            return false;
        }

        try
        {
            value = XmlConvert.ToTimeSpan(text);
            return true;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return false;
        }
    }

    // Years (Y) never have a fixed length; M has one only after the T, where it means minutes.
    private static bool HasFixedLength(string text)
    {
        var time = text.IndexOf('T', StringComparison.Ordinal);
        var month = text.IndexOf('M', StringComparison.Ordinal);
        return !text.Contains('Y', StringComparison.Ordinal) && (month < 0 || (time >= 0 && month > time));
    }
}

internal sealed class IsoDurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && IsoDuration.TryParse(reader.GetString(), out var value)
            ? value
            : throw new JsonException(
                "An ISO 8601 duration such as \"PT30S\" is expected; years and months are not accepted."
            );

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(IsoDuration.Format(value));
}
