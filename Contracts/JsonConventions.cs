using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts;

/// <summary>
/// The conventions of all JSON that the product writes: camelCase, ISO 8601 durations, enums as camelCase words,
/// unknown fields ignored.
/// </summary>
public static class JsonConventions
{
    /// <summary>The deepest nesting that a reader accepts; deeper input is refused before it is read further.</summary>
    public const int MaxDepth = 64;

    /// <summary>
    /// The options of the conventions, shared and read-only, for types that the product's own source-generated contexts
    /// do not know.
    /// </summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            MaxDepth = MaxDepth,
            NumberHandling = JsonNumberHandling.Strict,

            // A letter beyond ASCII is written as itself and not as six characters, so that bounds in bytes count what
            // a person sees. JSON is never put into HTML as it is.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new IsoDurationConverter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
