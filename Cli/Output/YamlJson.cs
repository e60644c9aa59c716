using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ScheduleZero.Cli.Output;

/// <summary>
/// Converts YAML to JSON and back, by the JSON schema of YAML 1.2 (chapter 10.2): plain <c>true</c>, <c>false</c>,
/// <c>null</c> and numbers are what they look like, all else is text. Aliases and tags are refused, so that a small
/// file cannot stand for a large one.
/// </summary>
internal static partial class YamlJson
{
    /// <exception cref="YamlException">The node holds an alias, an anchor, a tag, or a key that is no text.</exception>
    public static JsonNode? Read(YamlNode node)
    {
        if (!node.Anchor.IsEmpty)
        {
            throw new YamlException(node.Start, node.End, "Anchors and aliases are not taken.");
        }

        if (!node.Tag.IsEmpty && node.Tag is { IsNonSpecific: false })
        {
            throw new YamlException(node.Start, node.End, $"The tag {node.Tag} is not taken.");
        }

        return node switch
        {
            YamlMappingNode map => new JsonObject(
                map.Children.Select(child => KeyValuePair.Create(KeyOf(child.Key), Read(child.Value)))
            ),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(Read)]),
            YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => throw new YamlException(node.Start, node.End, "A value is expected."),
        };
    }

    public static string Write(JsonNode document)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        new YamlStream(new YamlDocument(ToYaml(document))).Save(text, assignAnchors: false);
        // The mark of the document's end is removed: it matters only where another document follows.
        return text.ToString().Replace("\n...", "", StringComparison.Ordinal);
    }

    private static YamlNode ToYaml(JsonNode? node) =>
        node switch
        {
            null => new YamlScalarNode("null"),
            JsonObject map => new YamlMappingNode(
                map.Select(field => KeyValuePair.Create((YamlNode)Text(field.Key), ToYaml(field.Value)))
            ),
            JsonArray list => new YamlSequenceNode(list.Select(ToYaml)),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => Text(value.GetValue<string>()),
            _ => new YamlScalarNode(node.ToJsonString()),
        };

    private static YamlScalarNode Text(string text) =>
        new(text)
        {
            Style =
                Plain(text) is JsonValue value && value.GetValueKind() == JsonValueKind.String
                    ? ScalarStyle.Any
                    : ScalarStyle.DoubleQuoted,
        };

    private static string KeyOf(YamlNode key) =>
        key is YamlScalarNode { Value: { } name }
            ? name
            : throw new YamlException(key.Start, key.End, "A key that is text is expected.");

    private static JsonNode? Plain(string text) =>
        text switch
        {
            "" or "~" or "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when Number().IsMatch(text) => JsonNode.Parse(text),
            _ => JsonValue.Create(text),
        };

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
