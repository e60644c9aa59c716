using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Writes the JSON Schema of a type that params are read as. Whatever the type itself writes fits the schema, and the
/// schema keeps to the words that the Broker evaluates (docs/protocol.md).
/// </summary>
internal static class TypeSchema
{
    /// <summary>
    /// Formats that the Broker asserts by RFC 3339 or RFC 3986, and that .NET writes in another form for some types: a
    /// <see cref="DateTime"/> and a <see cref="TimeOnly"/> without an offset, a relative <see cref="Uri"/>.
    /// </summary>
    private static readonly Dictionary<Type, string> FormatsOfOthers = new()
    {
        [typeof(DateTime)] = "date-time",
        [typeof(TimeOnly)] = "time",
        [typeof(Uri)] = "uri",
    };

    /// <summary>The schema of a type; empty when the type takes any JSON.</summary>
    /// <param name="json">The options that params are read with.</param>
    /// <param name="takesNull">Whether the code takes params of null.</param>
    /// <exception cref="NotSupportedException">The type cannot be read from JSON.</exception>
    /// <exception cref="InvalidOperationException">
    /// The type, or a converter of one of its members, is not well formed, or is nested too deep.
    /// </exception>
    public static RawJson Of(Type type, JsonSerializerOptions json, bool takesNull)
    {
        var exported = json.GetJsonSchemaAsNode(
            type,
            new JsonSchemaExporterOptions { TransformSchemaNode = Transform }
        );
        if (exported is not JsonObject { Count: > 0 } schema)
        {
            return default;
        }

        if (!takesNull && !RefersToRoot(schema))
        {
            WithoutNull(schema);
        }

        return RawJson.From(schema);
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (
            schema is JsonObject { } words
            && FormatsOfOthers.TryGetValue(type, out var format)
            && words["format"]?.GetValue<string>() == format
        )
        {
            words.Remove("format");
        }

        return schema;
    }

    // A schema that stands in the place of a member, too, must go on taking the null of that member.
    private static bool RefersToRoot(JsonNode? node) =>
        node switch
        {
            JsonObject words => words.Any(word =>
                (
                    word.Key == "$ref"
                    && word.Value is JsonValue value
                    && value.TryGetValue<string>(out var place)
                    && place == "#"
                ) || RefersToRoot(word.Value)
            ),
            JsonArray items => items.Any(RefersToRoot),
            _ => false,
        };

    private static void WithoutNull(JsonObject schema)
    {
        if (schema["type"] is not JsonArray types)
        {
            return;
        }

        var others = types.Select(type => type!.GetValue<string>()).Where(type => type != "null").ToArray();
        schema["type"] = others is [var single] ? single : new JsonArray([.. others.Select(type => (JsonNode)type)]);
    }
}
