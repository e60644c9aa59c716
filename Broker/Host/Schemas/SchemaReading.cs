using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// Reads a schema that a handler published: refuses what cannot be bounded, leaves out what is not evaluated, and puts
/// a counter into every subschema.
/// </summary>
internal sealed class SchemaReading
{
    public const int SubschemasMax = 2_000;
    public const int PatternsMax = 32;

    /// <summary>The word that counts steps. The word is not one of JSON Schema.</summary>
    public const string StepWord = "$step";

    // The part that the addresses of draft-07, -06 and -04 share.
    private const string OlderDrafts = "json-schema.org/draft-0";

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = JsonConventions.MaxDepth,
        AllowDuplicateProperties = false,
    };

    private readonly Utf8JsonWriter _writer;

    /// <summary>The places of subschemas that were read, as JSON Pointers.</summary>
    private readonly HashSet<string> _places = new(StringComparer.Ordinal);

    /// <summary>The places that references lead to.</summary>
    private readonly List<string> _references = [];

    /// <summary>The places of subschemas that have an anchor, by anchor.</summary>
    private readonly Dictionary<string, string> _anchors = new(StringComparer.Ordinal);

    /// <summary>The <c>$id</c> of the whole schema; null when it has none.</summary>
    private string? _id;

    private bool _isOfOlderDraft;
    private int _patterns;

    /// <summary>The first reason to refuse the schema; null while there is none.</summary>
    private string? _problem;

    private SchemaReading(Utf8JsonWriter writer) => _writer = writer;

    /// <summary>Reads a schema. Returns false, with the problem, for one that is not accepted.</summary>
    /// <param name="bounded">The schema in the form in which it may be evaluated.</param>
    /// <param name="problem">Why the schema is not accepted. The text quotes nothing of the schema but words of JSON
    /// Schema, since others will read it.</param>
    public static bool TryRead(ReadOnlyMemory<byte> utf8, out byte[] bounded, out string problem)
    {
        bounded = [];
        if (utf8.Length > Limits.SchemaBytesMax)
        {
            problem = $"It is longer than {Limits.SchemaBytesMax} bytes.";
            return false;
        }

        if (!Utf8.IsValid(utf8.Span) || new RawJson(utf8).HasLoneSurrogates)
        {
            problem =
                "A text in it holds half a surrogate pair (such as \\ud800 by itself), which is no character, "
                + "or is not UTF-8.";
            return false;
        }

        var written = new ArrayBufferWriter<byte>(utf8.Length * 2);
        using var writer = new Utf8JsonWriter(written);
        var reading = new SchemaReading(writer);
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            reading.Names(document.RootElement);
            reading.Schema(document.RootElement, "");
        }
        catch (JsonException)
        {
            reading.Refuse("It is not valid JSON, names a field twice, or is deeper than 64.");
        }

        problem = reading.Judge() ?? "";
        if (problem.Length > 0)
        {
            return false;
        }

        writer.Flush();
        bounded = written.WrittenSpan.ToArray();
        return true;
    }

    private string? Judge()
    {
        if (_problem is null && _references.Exists(reference => !_places.Contains(reference)))
        {
            Refuse(
                "A $ref leads to no subschema and no $anchor of the same document; nothing is fetched from elsewhere."
            );
        }

        return _problem;
    }

    private void Refuse(string problem) => _problem ??= problem;

    // Reads what the whole schema says of itself, and every name that a reference may use.
    private void Names(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object)
        {
            _id =
                root.TryGetProperty("$id", out var id) && id.ValueKind == JsonValueKind.String
                    ? id.GetString()!.TrimEnd('#')
                    : null;
            _isOfOlderDraft =
                root.TryGetProperty("$schema", out var draft)
                && draft.ValueKind == JsonValueKind.String
                && draft.GetString()!.Contains(OlderDrafts, StringComparison.Ordinal);
        }

        Anchors(root, "");
    }

    private void Anchors(JsonElement schema, string place)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var word in schema.EnumerateObject())
        {
            if (
                (word.NameEquals("$anchor") || word.NameEquals("$dynamicAnchor"))
                && word.Value.ValueKind == JsonValueKind.String
            )
            {
                if (!_anchors.TryAdd(word.Value.GetString()!, place))
                {
                    Refuse("An $anchor is given twice.");
                }
            }
            else if (SchemaWords.TryFind(word.Name, out var form))
            {
                foreach (var (name, within) in SchemaWords.Subschemas(word.Value, form))
                {
                    Anchors(within, $"{place}/{word.Name}{name}");
                }
            }
        }
    }

    private void Schema(JsonElement schema, string place)
    {
        if (!_places.Add(place) || _places.Count > SubschemasMax)
        {
            Refuse($"It has more than {SubschemasMax} subschemas.");
        }

        if (_problem is not null)
        {
            _writer.WriteBooleanValue(true); // The result is not used, but the writer needs a value.
        }
        else if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            schema.WriteTo(_writer);
        }
        else if (schema.ValueKind == JsonValueKind.Object)
        {
            Object(schema, place);
        }
        else
        {
            Refuse("A subschema is neither an object nor true or false.");
            _writer.WriteBooleanValue(true);
        }
    }

    private void Object(JsonElement schema, string place)
    {
        if (
            _isOfOlderDraft
            && schema.TryGetProperty("$ref", out _)
            && schema.EnumerateObject().Any(CountsBesideReference)
        )
        {
            Refuse(
                "$schema names draft-07 or one before it, in which what stands beside a $ref does not count; "
                    + "in draft 2020-12 it does. Name 2020-12, or leave it away."
            );
        }

        _writer.WriteStartObject();
        _writer.WriteNumber(StepWord, SchemaWords.Weight(schema));
        foreach (var word in schema.EnumerateObject())
        {
            // Words that are not known, such as titles, check nothing and are left out.
            if (SchemaWords.TryFind(word.Name, out var form))
            {
                Word(word, form, $"{place}/{word.Name}");
            }
            else if (word.NameEquals("$id") && place.Length > 0)
            {
                Refuse("Only the whole schema may have an $id; one within it is not taken.");
            }
        }

        _writer.WriteEndObject();
    }

    private static bool CountsBesideReference(JsonProperty word) =>
        SchemaWords.TryFind(word.Name, out _) && word.Name is not ("$ref" or "$defs" or "definitions");

    private void Word(JsonProperty word, WordForm form, string place)
    {
        if (ReasonToRefuse(word, form) is { } reason)
        {
            Refuse(reason);
            return;
        }

        switch (form)
        {
            case WordForm.Format:
                WriteFormat(word);
                return;
            case WordForm.Reference when word.Value.ValueKind == JsonValueKind.String:
                _writer.WriteString(word.Name, Reference(word.Value.GetString()!));
                return;
            case WordForm.One:
                _writer.WritePropertyName(word.Name);
                Schema(word.Value, place);
                return;
            case WordForm.List:
                _writer.WriteStartArray(word.Name);
                foreach (var (name, item) in SchemaWords.Subschemas(word.Value, form))
                {
                    Schema(item, place + name);
                }

                _writer.WriteEndArray();
                return;
            case WordForm.Map:
                _writer.WriteStartObject(word.Name);
                foreach (var entry in word.Value.EnumerateObject())
                {
                    _writer.WritePropertyName(entry.Name);
                    Schema(entry.Value, $"{place}/{SchemaWords.Escape(entry.Name)}");
                }

                _writer.WriteEndObject();
                return;
            default:
                Text(word, form);
                word.WriteTo(_writer);
                return;
        }
    }

    private static string? ReasonToRefuse(JsonProperty word, WordForm form) =>
        form switch
        {
            WordForm.Refused => $"{word.Name} is not taken, since what it costs cannot be bounded.",
            WordForm.Older when word.NameEquals("dependencies") =>
                "dependencies is of draft-07; draft 2020-12, which is read here, has "
                    + "dependentRequired and dependentSchemas.",
            WordForm.Older =>
                "additionalItems is of draft-07; draft 2020-12, which is read here, has items beside prefixItems.",
            WordForm.One when word.NameEquals("items") && word.Value.ValueKind == JsonValueKind.Array =>
                "items is a list, as in draft-07; in draft 2020-12, which is read here, it is one "
                    + "subschema, and prefixItems is the list.",
            WordForm.List when word.Value.ValueKind != JsonValueKind.Array => WrongKind(word),
            WordForm.Map when word.Value.ValueKind != JsonValueKind.Object => WrongKind(word),
            _ => null,
        };

    private static string WrongKind(JsonProperty word) => $"{word.Name} has a value of the wrong kind.";

    // A format that is not checked here is left out, since it asserts nothing.
    private void WriteFormat(JsonProperty word)
    {
        if (word.Value.ValueKind == JsonValueKind.String && TextFormats.Find(word.Value.GetString()!) is not null)
        {
            word.WriteTo(_writer);
        }
    }

    private void Text(JsonProperty word, WordForm form)
    {
        if (form == WordForm.Value)
        {
            return;
        }

        var text = word.Value.ValueKind == JsonValueKind.String ? word.Value.GetString()! : null;
        if (text is null)
        {
            Refuse(WrongKind(word));
        }
        else if (++_patterns > PatternsMax || text.Length > SafePattern.LengthMax)
        {
            Refuse($"It has more than {PatternsMax} patterns, or one longer than {SafePattern.LengthMax} characters.");
        }
    }

    // The reference as a place within this document, the only form that the library is given.
    private string Reference(string text)
    {
        var isOwn =
            _id is { Length: > 0 }
            && text.StartsWith(_id, StringComparison.Ordinal)
            && (text.Length == _id.Length || text[_id.Length] == '#');
        var local = isOwn ? text[_id!.Length..] : text;
        if (local is not ("" or ['#', ..]) || (local.Length == 0 && text.Length == 0))
        {
            _references.Add("elsewhere");
            return "#";
        }

        var fragment = local.Length == 0 ? "" : Uri.UnescapeDataString(local[1..]);
        var place =
            fragment.Length == 0 || fragment[0] == '/' ? fragment : _anchors.GetValueOrDefault(fragment, "elsewhere");
        _references.Add(place);
        return $"#{string.Join('/', place.Split('/').Select(Uri.EscapeDataString))}";
    }
}
