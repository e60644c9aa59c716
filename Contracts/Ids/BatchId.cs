using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts.Ids;

/// <summary>
/// The id of one batch: a version 7 UUID, so that ids sort by the time they were made. The id is opaque to readers.
/// </summary>
[JsonConverter(typeof(BatchIdConverter))]
public readonly record struct BatchId(Guid Value)
{
    /// <summary>Reads the text form; false for anything but a UUID with dashes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out BatchId id)
    {
        var isId = JobId.TryParse(text, out var same);
        id = new BatchId(same.Value);
        return isId;
    }

    public override string ToString() => Value.ToString("D");
}

internal sealed class BatchIdConverter : JsonConverter<BatchId>
{
    public override BatchId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var value)
            ? new BatchId(value)
            : throw new JsonException("A batch id is expected.");

    public override void Write(Utf8JsonWriter writer, BatchId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
