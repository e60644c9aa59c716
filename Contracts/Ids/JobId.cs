using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts.Ids;

/// <summary>
/// The id of one job: a version 7 UUID, so that ids sort by the time they were made. The id is opaque to readers.
/// </summary>
[JsonConverter(typeof(JobIdConverter))]
public readonly record struct JobId(Guid Value) : IComparable<JobId>
{
    /// <summary>Reads the text form; false for anything but a UUID with dashes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out JobId id)
    {
        id = default;
        // The length is checked first, since Guid's parser passes over blanks around the text.
        if (text is not { Length: 36 } || !Guid.TryParseExact(text, "D", out var value))
        {
            return false;
        }

        id = new JobId(value);
        return true;
    }

    public int CompareTo(JobId other) => Value.CompareTo(other.Value);

    public static bool operator <(JobId left, JobId right) => left.CompareTo(right) < 0;

    public static bool operator >(JobId left, JobId right) => left.CompareTo(right) > 0;

    public static bool operator <=(JobId left, JobId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(JobId left, JobId right) => left.CompareTo(right) >= 0;

    public override string ToString() => Value.ToString("D");
}

internal sealed class JobIdConverter : JsonConverter<JobId>
{
    public override JobId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var value)
            ? new JobId(value)
            : throw new JsonException("A job id is expected.");

    public override void Write(Utf8JsonWriter writer, JobId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
