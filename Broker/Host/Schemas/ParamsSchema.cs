using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Pointer;
using Json.Schema;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>One published schema, compiled to check params, or with the reason why it is not used.</summary>
internal sealed class ParamsSchema
{
    private const int ErrorsMax = 20;
    private const int ErrorLengthMax = 300;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = JsonConventions.MaxDepth };

    private readonly JsonSchema? _schema;

    private ParamsSchema(JsonSchema? schema, string? problem, int bytes)
    {
        _schema = schema;
        Problem = problem;
        Bytes = bytes;
    }

    /// <summary>The schema that stands for all schemas that are longer than allowed, which are not read.</summary>
    public static ParamsSchema TooLong { get; } = new(null, $"It is longer than {Limits.SchemaBytesMax} bytes.", 0);

    /// <summary>Why the schema is not used; null when it is.</summary>
    public string? Problem { get; }

    /// <summary>The length of the schema as published, in bytes.</summary>
    public int Bytes { get; }

    public static ParamsSchema Read(RawJson published)
    {
        if (!SchemaReading.TryRead(published.Utf8, out var bounded, out var problem))
        {
            return new ParamsSchema(null, problem, published.Utf8.Length);
        }

        try
        {
            using var document = JsonDocument.Parse(bounded, Reading);
            var schema = JsonSchema.Build(
                document.RootElement.Clone(),
                // Each schema has a registry of its own that fetches nothing, so schemas of handlers cannot mix.
                new BuildOptions
                {
                    SchemaRegistry = new SchemaRegistry { Fetch = (_, _) => null },
                    Dialect = BoundedKeywords.Dialect,
                },
                new Uri("urn:schedulezero:params")
            );
            return new ParamsSchema(schema, null, published.Utf8.Length);
        }
        catch (NotSupportedException)
        {
            return new ParamsSchema(
                null,
                "A pattern needs backtracking, or more than 2,000 states.",
                published.Utf8.Length
            );
        }
        catch (Exception e)
            when (e
                    is JsonSchemaException
                        or ArgumentException
                        or InvalidOperationException
                        or FormatException
                        or OverflowException
                        or JsonException
            )
        {
            // The library throws many types for a text that is no schema. The message of an exception may quote the
            // schema, so the message is not passed on.
            return new ParamsSchema(null, "It is not a JSON Schema of draft 2020-12.", published.Utf8.Length);
        }
    }

    /// <summary>
    /// The problems of params by path; null when the params fit the schema, or the schema is not used.
    /// </summary>
    /// <param name="path">The path of the params in the request, such as <c>job.params</c>.</param>
    public Dictionary<string, string[]>? Check(JsonElement parameters, string path, StepBudget budget)
    {
        if (_schema is null)
        {
            return null;
        }

        try
        {
            var evaluation = budget.Begin();
            evaluation.OutputFormat = OutputFormat.Flag;
            if (_schema.Evaluate(parameters, evaluation).IsValid)
            {
                return null;
            }

            evaluation.OutputFormat = OutputFormat.List;
            return Errors(_schema.Evaluate(parameters, evaluation), parameters, path);
        }
        catch (Exception e) when (e is OutOfStepsException or RegexMatchTimeoutException)
        {
            return new(StringComparer.Ordinal)
            {
                [path] =
                [
                    $"Checking them against the method's schema takes more than {StepBudget.StepsMax} steps, "
                        + $"or {StepBudget.TimeMax.TotalSeconds:0} s.",
                ],
            };
        }
    }

    private static Dictionary<string, string[]> Errors(EvaluationResults results, JsonElement parameters, string path)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var result in (results.Details ?? []).Prepend(results))
        {
            if (errors.Count == ErrorsMax)
            {
                break;
            }

            if (result is { IsValid: false, Errors: { Count: > 0 } said } && !IsQuestion(result.EvaluationPath))
            {
                var place = path + Place(parameters, result.InstanceLocation);
                var texts = said.Select(error => Text(error.Key, error.Value));
                errors[place] =
                [
                    .. errors
                        .GetValueOrDefault(place, [])
                        .Concat(texts)
                        .Distinct(StringComparer.Ordinal)
                        .Take(ErrorsMax),
                ];
            }
        }

        return errors.Count > 0
            ? errors
            : new(StringComparer.Ordinal) { [path] = ["They do not fit the method's schema."] };
    }

    // Subschemas under "if" and "not" only ask, so it is no error when a value does not fit them.
    private static bool IsQuestion(JsonPointer evaluated)
    {
        for (var i = 0; i < evaluated.SegmentCount; i++)
        {
            if (evaluated[i].ToString() is "if" or "not")
            {
                return true;
            }
        }

        return false;
    }

    private static string Text(string keyword, string said)
    {
        var text = keyword.Length == 0 ? "The schema allows nothing here." : said;
        return text.Length > ErrorLengthMax ? $"{text[..ErrorLengthMax]}…" : text;
    }

    private static string Place(JsonElement element, JsonPointer location)
    {
        var place = new StringBuilder();
        for (var i = 0; i < location.SegmentCount; i++)
        {
            var segment = location[i].ToString();
            if (
                element.ValueKind == JsonValueKind.Array
                && int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            )
            {
                place.Append('[').Append(index).Append(']');
                element = index < element.GetArrayLength() ? element[index] : default;
            }
            else
            {
                var name = segment
                    .Replace("~1", "/", StringComparison.Ordinal)
                    .Replace("~0", "~", StringComparison.Ordinal);
                place.Append('.').Append(name);
                element =
                    element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var child)
                        ? child
                        : default;
            }
        }

        return place.ToString();
    }
}
