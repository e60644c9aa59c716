using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts.Ids;

/// <summary>
/// The id of one attempt: its job, and the fencing token that it was given. The text form is <c>{job}.{token}</c>; it
/// is opaque to readers.
/// </summary>
[JsonConverter(typeof(AttemptIdConverter))]
public readonly record struct AttemptId(JobId Job, int Token)
{
    private const int GuidLength = 36;
    private const int LongestText = GuidLength + 1 + 10;

    /// <summary>Reads the text form of an attempt's id; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out AttemptId id)
    {
        id = default;
        if (text is null || text.Length > LongestText)
        {
            return false;
        }

        Span<byte> utf8 = stackalloc byte[LongestText * 3];
        return Encoding.UTF8.TryGetBytes(text, utf8, out var length) && TryParse(utf8[..length], out id);
    }

    /// <summary>Reads the text form of an attempt's id in UTF-8; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out AttemptId id)
    {
        id = default;
        if (
            utf8.Length is <= GuidLength + 1 or > LongestText
            || utf8[GuidLength] != (byte)'.'
            // One id has one text: no sign, no leading zero.
            || utf8[GuidLength + 1] is < (byte)'1' or > (byte)'9'
            || !Utf8Parser.TryParse(utf8, out Guid job, out var used, 'D')
            || used != GuidLength
            || !Utf8Parser.TryParse(utf8[(GuidLength + 1)..], out int token, out var tail)
            || tail != utf8.Length - GuidLength - 1
        )
        {
            return false;
        }

        id = new AttemptId(new JobId(job), token);
        return true;
    }

    /// <summary>Writes the text form in UTF-8, 47 bytes at most, and returns its length.</summary>
    public int Format(Span<byte> utf8)
    {
        Utf8Formatter.TryFormat(Job.Value, utf8, out var length, 'D');
        utf8[length++] = (byte)'.';
        Utf8Formatter.TryFormat(Token, utf8[length..], out var tail);
        return length + tail;
    }

    public override string ToString() => $"{Job}.{Token}";
}

internal sealed class AttemptIdConverter : JsonConverter<AttemptId>
{
    public override AttemptId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            if (!reader.HasValueSequence && !reader.ValueIsEscaped && AttemptId.TryParse(reader.ValueSpan, out var id))
            {
                return id;
            }

            if (AttemptId.TryParse(reader.GetString(), out id))
            {
                return id;
            }
        }

        throw new JsonException("An attempt id is expected.");
    }

    public override void Write(Utf8JsonWriter writer, AttemptId value, JsonSerializerOptions options)
    {
        Span<byte> utf8 = stackalloc byte[48];
        writer.WriteStringValue(utf8[..value.Format(utf8)]);
    }
}
