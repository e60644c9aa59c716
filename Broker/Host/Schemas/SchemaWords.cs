using System.Collections.Frozen;
using System.Text.Json;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>The form of the value of a word of JSON Schema, which decides how the value is read.</summary>
internal enum WordForm
{
    /// <summary>A value that is compared, and that holds no subschema.</summary>
    Value,

    /// <summary>One subschema.</summary>
    One,

    /// <summary>A list of subschemas.</summary>
    List,

    /// <summary>Subschemas by name.</summary>
    Map,

    /// <summary>A reference to another place of the schema.</summary>
    Reference,

    /// <summary>A regular expression.</summary>
    Pattern,

    /// <summary>The name of a format of texts.</summary>
    Format,

    /// <summary>A word of draft-07 that draft 2020-12 has replaced.</summary>
    Older,

    /// <summary>A word that is refused, since its cost cannot be bounded.</summary>
    Refused,
}

/// <summary>The words of JSON Schema that are read; others, such as titles, check nothing and are left out.</summary>
internal static class SchemaWords
{
    private static readonly FrozenDictionary<string, WordForm> Forms = new Dictionary<string, WordForm>(
        StringComparer.Ordinal
    )
    {
        ["$ref"] = WordForm.Reference,
        ["pattern"] = WordForm.Pattern,
        ["format"] = WordForm.Format,
        ["not"] = WordForm.One,
        ["if"] = WordForm.One,
        ["then"] = WordForm.One,
        ["else"] = WordForm.One,
        ["additionalProperties"] = WordForm.One,
        ["propertyNames"] = WordForm.One,
        ["unevaluatedProperties"] = WordForm.One,
        ["items"] = WordForm.One,
        ["contains"] = WordForm.One,
        ["unevaluatedItems"] = WordForm.One,
        ["allOf"] = WordForm.List,
        ["anyOf"] = WordForm.List,
        ["oneOf"] = WordForm.List,
        ["prefixItems"] = WordForm.List,
        ["properties"] = WordForm.Map,
        ["$defs"] = WordForm.Map,
        ["definitions"] = WordForm.Map,
        ["dependentSchemas"] = WordForm.Map,
        ["type"] = WordForm.Value,
        ["enum"] = WordForm.Value,
        ["const"] = WordForm.Value,
        ["required"] = WordForm.Value,
        ["dependentRequired"] = WordForm.Value,
        ["minProperties"] = WordForm.Value,
        ["maxProperties"] = WordForm.Value,
        ["minContains"] = WordForm.Value,
        ["maxContains"] = WordForm.Value,
        ["uniqueItems"] = WordForm.Value,
        ["minItems"] = WordForm.Value,
        ["maxItems"] = WordForm.Value,
        ["multipleOf"] = WordForm.Value,
        ["maximum"] = WordForm.Value,
        ["minimum"] = WordForm.Value,
        ["exclusiveMaximum"] = WordForm.Value,
        ["exclusiveMinimum"] = WordForm.Value,
        ["minLength"] = WordForm.Value,
        ["maxLength"] = WordForm.Value,
        ["patternProperties"] = WordForm.Refused,
        ["dependencies"] = WordForm.Older,
        ["additionalItems"] = WordForm.Older,
        ["$dynamicRef"] = WordForm.Refused,
        ["$recursiveRef"] = WordForm.Refused,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool TryFind(string word, out WordForm form) => Forms.TryGetValue(word, out form);

    /// <summary>
    /// The subschemas in the value of a word, each with what is appended to the place of the word to make its own.
    /// </summary>
    public static IEnumerable<(string Name, JsonElement Schema)> Subschemas(JsonElement value, WordForm form) =>
        (form, value.ValueKind) switch
        {
            (WordForm.One, _) => [("", value)],
            (WordForm.List, JsonValueKind.Array) => value.EnumerateArray().Select((item, i) => ($"/{i}", item)),
            (WordForm.Map, JsonValueKind.Object) => value
                .EnumerateObject()
                .Select(entry => ($"/{Escape(entry.Name)}", entry.Value)),
            _ => [],
        };

    /// <summary>Writes a name as a JSON Pointer has it.</summary>
    public static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>How many steps one evaluation of an object with these words costs.</summary>
    public static long Weight(JsonElement schema)
    {
        var weight = 1L;
        foreach (var word in schema.EnumerateObject())
        {
            if (TryFind(word.Name, out var form) && form == WordForm.Value)
            {
                weight += Values(word.Value);
            }
        }

        return weight;
    }

    private static long Values(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => 1 + value.EnumerateArray().Sum(Values),
            JsonValueKind.Object => 1 + value.EnumerateObject().Sum(entry => Values(entry.Value)),
            _ => 1,
        };
}
