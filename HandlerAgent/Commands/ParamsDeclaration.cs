using System.Text.Json;
using System.Text.Json.Nodes;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>All params that a command takes; others are refused.</summary>
internal sealed class ParamsDeclaration(IReadOnlyDictionary<string, ParamDeclaration> declared)
{
    public static ParamsDeclaration Read(YamlPart? part) =>
        new(
            part?.Entries().ToDictionary(p => p.Key, p => ParamDeclaration.Read(p.Key, p.Value), StringComparer.Ordinal)
                ?? []
        );

    public ParamDeclaration? Find(string name) => declared.GetValueOrDefault(name);

    /// <summary>
    /// Checks params, and returns the values as they stand in arguments. A value that was not given, and need not be,
    /// is absent.
    /// </summary>
    /// <exception cref="JobFailedException">
    /// The params are not what was declared; the message names the path.
    /// </exception>
    public IReadOnlyDictionary<string, string> Check(RawJson parameters)
    {
        using var document = JsonDocument.Parse(parameters.IsEmpty ? "{}"u8.ToArray() : parameters.Utf8);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("$: an object is expected.");
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var given in document.RootElement.EnumerateObject())
        {
            var declaration =
                declared.GetValueOrDefault(given.Name)
                ?? throw Wrong($"$.{AttemptErrors.Cut(given.Name, 128)}: the method has no such param.");
            if (
                given.Value.ValueKind != JsonValueKind.Null
                && !values.TryAdd(given.Name, declaration.Check(given.Value))
            )
            {
                throw Wrong($"$.{given.Name}: given twice.");
            }
        }

        var missing = declared.Values.FirstOrDefault(d => d.IsRequired && !values.ContainsKey(d.Name));
        return missing is null ? values : throw Wrong($"$.{missing.Name}: missing.");
    }

    /// <summary>The declaration as JSON Schema, which is published with the method.</summary>
    public RawJson Schema()
    {
        var properties = new JsonObject(
            declared.Values.Select(d => KeyValuePair.Create<string, JsonNode?>(d.Name, SchemaOf(d)))
        );
        return RawJson.From(
            new JsonObject
            {
                ["type"] = "object",
                ["additionalProperties"] = false,
                ["properties"] = properties,
                ["required"] = new JsonArray([
                    .. declared.Values.Where(d => d.IsRequired).Select(d => (JsonNode)d.Name),
                ]),
            }
        );
    }

    private static JsonObject SchemaOf(ParamDeclaration d)
    {
        var schema = new JsonObject
        {
            ["type"] = d.Type switch
            {
                ParamType.Integer => "integer",
                ParamType.Number => "number",
                ParamType.Flag => "boolean",
                _ => "string",
            },
        };
        (string Key, JsonNode? Value)[] rules =
        [
            ("maxLength", d.Type == ParamType.Text ? d.LengthMax : null),
            ("pattern", d.PatternText is { } pattern ? $"^(?:{pattern})$" : null),
            ("minimum", d.Min),
            ("maximum", d.Max),
            ("enum", d.Choices.Count > 0 ? new JsonArray([.. d.Choices.Select(c => (JsonNode)c)]) : null),
        ];
        foreach (var (key, value) in rules.Where(rule => rule.Value is not null))
        {
            schema[key] = value;
        }

        return schema;
    }

    private static JobFailedException Wrong(string problem) => new("invalid_params", problem, retryable: false);
}
