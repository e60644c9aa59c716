using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>
/// Reads the JSON of rows. Stricter than what reads a journal: a null where a value must be, or none at all, is an
/// error, for whoever is given the row relies on it.
/// </summary>
internal static class StoredJson
{
    private static readonly JsonSerializerOptions _options = new(JsonConventions.Options)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <exception cref="JsonException">The bytes are no such record.</exception>
    /// <exception cref="InvalidDataException">They say null.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<T>(json, _options) ?? throw new InvalidDataException("A record is null.");

    /// <summary>As <see cref="Read"/>, for lists and searches, which leave out what cannot be read.</summary>
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
}
