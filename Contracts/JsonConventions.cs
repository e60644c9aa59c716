using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts;

/// <summary>
/// How the product writes JSON: camelCase, ISO 8601 durations, enums as camelCase words, unknown fields ignored.
/// </summary>
public static class JsonConventions
{
    /// <summary>Nesting that a reader accepts; deeper input is refused before it is read further.</summary>
    public const int MaxDepth = 64;

    /// <summary>Shared and read-only. For types that the product's own source-generated contexts do not know.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            MaxDepth = MaxDepth,
            NumberHandling = JsonNumberHandling.Strict,

            // A letter beyond ASCII is itself, not six characters: bounds in bytes count what a person sees. Nothing is
            // ever put into HTML as it is.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new IsoDurationConverter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
