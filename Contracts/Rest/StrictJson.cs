using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// Reads the bodies of requests strictly: a field that the type does not have is refused, at any depth. Answers are
/// read with <see cref="RestJson"/>, which passes over fields that a newer Broker may send.
/// </summary>
public static class StrictJson
{
    private static readonly JsonSerializerOptions _options = new(RestJson.Default.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Makes the strict form of a type.</summary>
    /// <param name="type">A type of <see cref="RestJson"/>.</param>
    /// <returns>The same type, read strictly.</returns>
    public static JsonTypeInfo<T> Of<T>(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return (JsonTypeInfo<T>)_options.GetTypeInfo(type.Type);
    }
}
