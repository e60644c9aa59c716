using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>Reads and writes records as JSON, as rows and the journal hold them.</summary>
internal static class StoredJson
{
    private static readonly JsonSerializerOptions _strict = new(JsonConventions.Options)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, JsonConventions.Options);

    /// <summary>
    /// Reads the JSON of a row. The read is stricter than <see cref="ReadFromJournal"/>: a null where a value must be,
    /// or a missing value, is an error, since whoever is given the row relies on it.
    /// </summary>
    /// <exception cref="JsonException">The bytes are no such record.</exception>
    /// <exception cref="InvalidDataException">The bytes are null in JSON.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<T>(json, _strict) ?? throw new InvalidDataException("A record is null.");

    /// <summary>
    /// Reads the JSON of a row as <see cref="Read"/> does; null for bytes that cannot be read, which lists and searches
    /// leave out.
    /// </summary>
    public static T? TryRead<T>(ReadOnlySpan<byte> json)
        where T : class
    {
        try
        {
            return Read<T>(json);
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or InvalidDataException
                        or FormatException
                        or ArgumentException
                        or NotSupportedException
            )
        {
            return null;
        }
    }

    /// <summary>Reads the JSON of a change in the journal.</summary>
    /// <exception cref="JsonException">The bytes are no such record.</exception>
    /// <exception cref="InvalidDataException">The bytes are null in JSON.</exception>
    public static T ReadFromJournal<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<T>(json, JsonConventions.Options)
        ?? throw new InvalidDataException("A record is null.");
}
