using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts;

/// <summary>
/// A JSON value held as the UTF-8 bytes that it came in: params, results and details cross the product without being
/// parsed again on the way. <c>default</c> means that no value was given; it is written as <c>null</c>.
/// </summary>
[JsonConverter(typeof(RawJsonConverter))]
public readonly struct RawJson : IEquatable<RawJson>
{
    /// <summary>Makes a value of bytes that are already known to be JSON.</summary>
    /// <param name="utf8">One complete JSON value. The bytes are held, not copied, and are trusted to be valid.</param>
    public RawJson(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    public ReadOnlyMemory<byte> Utf8 { get; }

    public bool IsEmpty => Utf8.IsEmpty;

    /// <summary>
    /// Whether a text in the value, or a field's name, has half a surrogate pair such as <c>\ud800</c>, which is no
    /// character.
    /// </summary>
    public bool HasLoneSurrogates => LoneSurrogates.IndexIn(Utf8.Span) >= 0;

    /// <summary>
    /// The value with the replacement character U+FFFD in the place of each half of a surrogate pair.
    /// </summary>
    public RawJson WithoutLoneSurrogates() => HasLoneSurrogates ? new(LoneSurrogates.Mend(Utf8.Span).ToArray()) : this;

    /// <summary>Reads a text and checks that it is JSON.</summary>
    /// <exception cref="JsonException">The text is not one complete JSON value.</exception>
    public static RawJson Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new RawJson(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>Serialises a value with the protocol's conventions (camelCase, ISO 8601).</summary>
    public static RawJson From<T>(T value, JsonSerializerOptions? options = null) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, options ?? JsonConventions.Options));

    /// <summary>Reads the value as <typeparamref name="T"/> with the protocol's conventions.</summary>
    /// <exception cref="JsonException">The value does not fit the type.</exception>
    public T? To<T>(JsonSerializerOptions? options = null) =>
        IsEmpty ? default : JsonSerializer.Deserialize<T>(Utf8.Span, options ?? JsonConventions.Options);

    public bool Equals(RawJson other) => Utf8.Span.SequenceEqual(other.Utf8.Span);

    public override bool Equals(object? obj) => obj is RawJson other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Utf8.Span);
        return hash.ToHashCode();
    }

    public static bool operator ==(RawJson left, RawJson right) => left.Equals(right);

    public static bool operator !=(RawJson left, RawJson right) => !left.Equals(right);

    public override string ToString() => IsEmpty ? "null" : Encoding.UTF8.GetString(Utf8.Span);
}

internal class RawJsonConverter : JsonConverter<RawJson>
{
    public override bool HandleNull => true;

    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null
            ? ReadNull()
            : new RawJson(JsonMarshal.GetRawUtf8Value(JsonElement.ParseValue(ref reader)).ToArray());

    protected virtual RawJson ReadNull() => default;

    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
    {
        if (value.IsEmpty)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }
}

/// <summary>Converts a field in which null is a value like any other; a value that was not given is left out.</summary>
internal sealed class NullIsAValueConverter : RawJsonConverter
{
    private static readonly RawJson Null = new("null"u8.ToArray());

    protected override RawJson ReadNull() => Null;
}
