using System.Buffers;
using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Storage;

/// <summary>
/// Tells whether params hold a text: as they were written, or in one of their names and strings once JSON's escapes are
/// resolved. Case does not count.
/// </summary>
internal static class ParamsText
{
    public static bool Holds(RawJson parameters, string text)
    {
        var bytes = parameters.Utf8.Span;
        var characters = ArrayPool<char>.Shared.Rent(bytes.Length);
        try
        {
            ReadOnlySpan<char> written = characters.AsSpan(0, Encoding.UTF8.GetChars(bytes, characters));
            return written.Contains(text, StringComparison.OrdinalIgnoreCase)
                || (bytes.Contains((byte)'\\') && HoldsInStrings(parameters, text));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    private static bool HoldsInStrings(RawJson parameters, string text)
    {
        // Half of a surrogate pair, which an earlier version took, cannot be made a string.
        var reader = new Utf8JsonReader(parameters.WithoutLoneSurrogates().Utf8.Span, Options);
        while (reader.Read())
        {
            if (
                reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
                && reader.ValueIsEscaped
                && reader.GetString()!.Contains(text, StringComparison.OrdinalIgnoreCase)
            )
            {
                return true;
            }
        }

        return false;
    }

    private static JsonReaderOptions Options { get; } = new() { MaxDepth = 1_000 };
}
