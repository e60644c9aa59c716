using System.Globalization;
using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.RunJob;

/// <summary>
/// A form for params, made from the JSON Schema that a method has published. The Broker alone judges the params: the
/// form only asks for them field by field, and leaves to JSON what it has no control for.
/// </summary>
public sealed class SchemaForm
{
    /// <summary>How many fields a form has at most; params with more are written as JSON.</summary>
    public const int FieldsMax = 40;

    private const int HelpLengthMax = 300;
    private const int ChoicesMax = 50;

    private SchemaForm(IReadOnlyList<SchemaField> fields) => Fields = fields;

    public IReadOnlyList<SchemaField> Fields { get; }

    /// <summary>The form for a schema; null when the schema does not describe an object with fields.</summary>
    public static SchemaForm? Of(RawJson schema)
    {
        if (schema.IsEmpty)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(schema.Utf8);
            var root = document.RootElement;
            if (
                root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("properties", out var properties)
                || properties.ValueKind != JsonValueKind.Object
                || properties.GetPropertyCount() is 0 or > FieldsMax
            )
            {
                return null;
            }

            var required = Texts(root, "required").ToHashSet(StringComparer.Ordinal);
            return new SchemaForm([
                .. properties.EnumerateObject().Select(field => FieldOf(field.Name, field.Value, required)),
            ]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A handler may publish anything; what is no schema is no form.
            return null;
        }
    }

    /// <summary>Puts params into the fields.</summary>
    /// <returns>False when the params have something that no field shows, so that the form would lose it.</returns>
    public bool Fill(RawJson parameters)
    {
        foreach (var field in Fields)
        {
            (field.Text, field.Error) = ("", null);
        }

        try
        {
            using var document = JsonDocument.Parse(parameters.Utf8);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            foreach (var given in document.RootElement.EnumerateObject())
            {
                if (
                    Fields.FirstOrDefault(field => field.Name == given.Name) is not { } field
                    || !Fill(field, given.Value)
                )
                {
                    return false;
                }
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The params that the fields say; null when a field has an error, which then stands beside it.</summary>
    public RawJson? Read()
    {
        using var written = new MemoryStream();
        var isRight = true;
        using (var json = new Utf8JsonWriter(written))
        {
            json.WriteStartObject();
            foreach (var field in Fields)
            {
                field.Error = null;
                if (field.Text.Length == 0)
                {
                    // An empty text is a value only where a value must be.
                    if (field is { Kind: FieldKind.Text, IsRequired: true })
                    {
                        json.WriteString(field.Name, "");
                    }
                    else if (field.IsRequired)
                    {
                        field.Error = "A value is needed.";
                        isRight = false;
                    }

                    continue;
                }

                if (ValueOf(field) is { } value)
                {
                    json.WritePropertyName(field.Name);
                    json.WriteRawValue(value);
                }
                else
                {
                    isRight = false;
                }
            }

            json.WriteEndObject();
        }

        return isRight ? new RawJson(written.ToArray()) : null;
    }

    // The value of a field as JSON; null, with an error beside the field, when it is none.
    private static string? ValueOf(SchemaField field)
    {
        switch (field.Kind)
        {
            case FieldKind.Text:
                return JsonSerializer.Serialize(field.Text);
            case FieldKind.Integer or FieldKind.Number:
                var text = field.Text.Trim().Replace('−', '-');
                if (IsNumber(text, field.Kind == FieldKind.Integer))
                {
                    return text;
                }

                field.Error =
                    field.Kind == FieldKind.Integer ? "Write a whole number." : "Write a number, such as 1.5.";
                return null;
            default:
                try
                {
                    return RawJson.Parse(field.Text).ToString();
                }
                catch (JsonException)
                {
                    field.Error = "This is no JSON value.";
                    return null;
                }
        }
    }

    // A number has the form that JSON gives it: its text goes into the params unchanged, so that no digit is lost.
    private static bool IsNumber(string text, bool isWhole)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Number
                && (!isWhole || text.All(c => char.IsAsciiDigit(c) || c == '-'));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Fill(SchemaField field, JsonElement value)
    {
        var json = value.GetRawText();
        field.Text = (field.Kind, value.ValueKind) switch
        {
            (FieldKind.Text, JsonValueKind.String) => value.GetString()!,
            (FieldKind.Text, _) => "",
            (FieldKind.Choice, _) => field.Choices.FirstOrDefault(choice => choice == json) ?? "",
            _ => json,
        };
        return field.Text.Length > 0 || (field.Kind == FieldKind.Text && json == "\"\"");
    }

    private static SchemaField FieldOf(string name, JsonElement schema, HashSet<string> required)
    {
        IReadOnlyList<string> choices = [];
        var kind = FieldKind.Json;
        if (schema.ValueKind == JsonValueKind.Object)
        {
            choices = ChoicesOf(schema);
            kind = choices.Count > 0 ? FieldKind.Choice : KindOf(schema);
        }

        return new SchemaField(name, kind, required.Contains(name), HelpOf(schema, kind), choices)
        {
            Text = kind is FieldKind.Flag or FieldKind.Choice && DefaultOf(schema) is { } preset ? preset : "",
        };
    }

    private static FieldKind KindOf(JsonElement schema)
    {
        // A value that may be null too is left out for null.
        var types = Texts(schema, "type").Where(type => type != "null").ToArray();
        return types switch
        {
            ["string"] => FieldKind.Text,
            ["number"] => FieldKind.Number,
            ["integer"] => FieldKind.Integer,
            ["boolean"] => FieldKind.Flag,
            _ => FieldKind.Json,
        };
    }

    private static IReadOnlyList<string> ChoicesOf(JsonElement schema) =>
        schema.TryGetProperty("enum", out var values)
        && values.ValueKind == JsonValueKind.Array
        && values.GetArrayLength() <= ChoicesMax
            ? [.. values.EnumerateArray().Select(value => value.GetRawText())]
            : [];

    private static string? DefaultOf(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("default", out var preset)
            ? preset.GetRawText()
            : null;

    // The description, and the bounds that the schema names.
    private static string? HelpOf(JsonElement schema, FieldKind kind)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        List<string> words = [.. Texts(schema, "description")];
        foreach (
            var (key, before) in new[]
            {
                ("minimum", "from "),
                ("maximum", "up to "),
                ("minLength", "at least this many characters: "),
                ("maxLength", "at most this many characters: "),
                ("format", "format "),
                ("pattern", "pattern "),
            }
        )
        {
            if (schema.TryGetProperty(key, out var bound))
            {
                var text = bound.ValueKind == JsonValueKind.String ? bound.GetString() : bound.GetRawText();
                words.Add(string.Create(CultureInfo.InvariantCulture, $"{before}{text}"));
            }
        }

        if (kind == FieldKind.Json)
        {
            words.Add("as JSON");
        }

        return words.Count == 0 ? null : ForeignText.Line(string.Join("; ", words), HelpLengthMax);
    }

    // The texts of a field that is a text or a list of texts.
    private static string[] Texts(JsonElement schema, string key) =>
        !schema.TryGetProperty(key, out var value) ? []
        : value.ValueKind == JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind == JsonValueKind.Array
            ? value
                .EnumerateArray()
                .Where(one => one.ValueKind == JsonValueKind.String)
                .Select(one => one.GetString()!)
                .ToArray()
        : [];
}
