using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>
/// Describes parameters for the OpenAPI document. A parameter means the same wherever it has the same name. Methods
/// take every parameter as text, so that a refusal can name it; the document shows numbers, instants and lists of
/// words. Also adds parameters of the path that no method asks for.
/// </summary>
internal static class ParameterTexts
{
    private static readonly Dictionary<string, (string Text, Func<OpenApiSchema>? Schema)> Known = new()
    {
        ["ns"] = ("The namespace, such as `default`.", null),
        ["id"] = ("As it was given when the thing was made.", null),
        ["name"] = ("The name, unique within the namespace.", null),
        ["user"] = ("The user's name.", null),
        ["role"] = ("The role's name.", null),
        ["rule"] = ("The name of a rule of alerts.", null),
        ["channel"] = ("The name of a channel of alerts.", null),
        ["limit"] = (
            "How many at most: 1 to 500; 50 when not given.",
            () => Number(1, Limits.PageSizeMax, Limits.PageSizeDefault)
        ),
        ["cursor"] = ("Where the page before ended: its `nextCursor`.", null),
        ["wait"] = ("How long the answer may wait for the job's end, PT0S to PT5M.", () => Text("duration")),
        ["state"] = ("Only what is in this state; repeated, in any of these.", null),
        ["method"] = ("Only this method.", null),
        ["handler"] = ("Only this handler.", null),
        ["group"] = ("Only jobs for this group, or handlers in it.", null),
        ["tag"] = ("Only jobs with this tag.", null),
        ["batch"] = ("Only jobs of this batch.", () => Text("uuid")),
        ["schedule"] = ("Only jobs of the schedule of this name; of events, also those of the schedule itself.", null),
        ["job"] = ("Only what is about the job with this id.", () => Text("uuid")),
        ["type"] = ("Only events of this type or kind; repeated, of any of these.", null),
        ["last"] = (
            "How many of the newest events that the Broker still has come first, 1 to 500; none when not given.",
            () => Number(1, Limits.PageSizeMax, null)
        ),
        ["calendar"] = ("Only schedules that do not fire on the days of this calendar.", null),
        ["offline"] = ("Only schedules of this offline policy.", () => Words(WordsOf<OfflinePolicy>())),
        ["order"] = (
            "`name`, or `next` for the order of the next instants; `name` when not given.",
            () => Words(WordsOf<ScheduleOrder>())
        ),
        ["from"] = ("From this instant on, RFC 3339.", () => Text("date-time")),
        ["to"] = ("Up to this instant, RFC 3339.", () => Text("date-time")),
        ["q"] = ("Only what holds this text, in the words that the answer shows; case does not count.", null),
        ["replays"] = (
            "`true`: only jobs that replay another one, which `replayOf` names.",
            () => new OpenApiSchema { Type = JsonSchemaType.Boolean }
        ),
        ["params"] = (
            "Only jobs whose params hold this text, as written or without JSON's escapes; case does not count. Each "
                + "job that the other filters leave is read, so a page may be short, or empty, and have a next one.",
            null
        ),
        ["label"] = ("Only handlers with this label, as `rack`, or as `rack=b12`.", null),
        ["agent"] = ("Only handlers whose software, with its version, holds this text; case does not count.", null),
        ["bridge"] = ("Only handlers that are connected through this Bridge.", null),
        ["online"] = (
            "`true`: only handlers that are connected; `false`: only others.",
            () => new OpenApiSchema { Type = JsonSchemaType.Boolean }
        ),
        ["drained"] = (
            "`true`: only handlers that are drained; `false`: only others.",
            () => new OpenApiSchema { Type = JsonSchemaType.Boolean }
        ),
        ["all"] = (
            "`true`: also methods that no handler offers now.",
            () => new OpenApiSchema { Type = JsonSchemaType.Boolean }
        ),
        ["include"] = (
            "Bodies to show, with commas in between: `params`, `result`; of executions `result` alone. None "
                + "when not given.",
            null
        ),
        ["after"] = (
            "Lines with a greater sequence; all when not given. A page's `nextCursor` goes here.",
            () =>
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Format = "int64",
                    Minimum = "0",
                }
        ),
        ["before"] = (
            "The last lines before this sequence, in place of `after`; 9007199254740991 for the end of the log. The "
                + "`nextCursor` of such a page goes here.",
            () =>
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Format = "int64",
                    Minimum = "0",
                }
        ),
        ["level"] = (
            "Only lines of this level and above: `trace`, `debug`, `information`, `warning`, `error` or `critical`.",
            null
        ),
        ["attempt"] = ("Only lines of this attempt, counted from 1.", () => Number(1, null, null)),
        ["follow"] = (
            "`true`: a stream of server-sent events; that of one job ends with the job.",
            () => new OpenApiSchema { Type = JsonSchemaType.Boolean }
        ),
        ["count"] = ("How many instants, 1 to 1,000; 10 when not given.", () => Number(1, 1000, 10)),
        ["outcome"] = (
            "Only what ended so; where it may be repeated, in any of these ways.",
            () => Words("allowed", "denied", "failed")
        ),
        ["format"] = ("`ndjson` or `csv`; `ndjson` when not given.", () => Words("ndjson", "csv")),
        ["by"] = ("`handler` or `method`; only the sum over all when not given.", () => Words("handler", "method")),
        ["confirm"] = ("The name once more: everything in it is lost.", null),
        ["actor"] = ("Only what this actor did, such as `user:ana`.", null),
        ["action"] = ("Only this action, such as `keys:create`.", null),
        ["object"] = ("Only what was done to this, such as `key:0123456789ab`.", null),
        ["step"] = ("The length of each step of the series, whole minutes; at most 200 steps.", () => Text("duration")),
        ["window"] = ("How far back from now, PT1M to P31D; P1D when not given.", () => Text("duration")),
    };

    // The words of parameters that may be repeated: by the list and the name of the parameter, or by its name alone.
    private static readonly Dictionary<string, string[]> WordsOfLists = new(StringComparer.Ordinal)
    {
        ["state"] = WordsOf<JobState>(),
        ["schedules.state"] = WordsOf<ScheduleState>(),
        ["outcome"] = WordsOf<AttemptOutcome>(),
        ["type"] = [.. EventTypes.Kinds, .. EventTypes.All],
    };

    /// <summary>Adds the texts of an operation's parameters.</summary>
    /// <param name="path">The path as routed, without a leading slash.</param>
    public static void Add(OpenApiOperation operation, string path)
    {
        foreach (var part in path.Split('/').Where(part => part is ['{', .., '}']))
        {
            var name = part[1..^1];
            if (operation.Parameters?.Any(parameter => parameter.Name == name) != true)
            {
                (operation.Parameters ??= []).Insert(
                    0,
                    new OpenApiParameter
                    {
                        Name = name,
                        In = ParameterLocation.Path,
                        Required = true,
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    }
                );
            }
        }

        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            if (Known.TryGetValue(parameter.Name ?? "", out var known))
            {
                parameter.Description ??= known.Text;
                parameter.Schema = IsList(parameter)
                    ? ListOf(path.Split('/')[^1], parameter.Name!)
                    : known.Schema?.Invoke() ?? parameter.Schema;
            }
        }
    }

    private static bool IsList(OpenApiParameter parameter) =>
        parameter.Schema?.Type?.HasFlag(JsonSchemaType.Array) == true;

    private static OpenApiSchema ListOf(string list, string name) =>
        new()
        {
            Type = JsonSchemaType.Array,
            Items = (WordsOfLists.GetValueOrDefault($"{list}.{name}") ?? WordsOfLists.GetValueOrDefault(name))
                is { } words
                ? Words(words)
                : new OpenApiSchema { Type = JsonSchemaType.String },
        };

    private static OpenApiSchema Number(int min, int? max, int? standard) =>
        new()
        {
            Type = JsonSchemaType.Integer,
            Format = "int32",
            Minimum = min.ToString(CultureInfo.InvariantCulture),
            Maximum = max?.ToString(CultureInfo.InvariantCulture),
            Default = standard is { } value ? JsonValue.Create(value) : null,
        };

    private static OpenApiSchema Text(string format) => new() { Type = JsonSchemaType.String, Format = format };

    private static OpenApiSchema Words(params string[] words) =>
        new() { Type = JsonSchemaType.String, Enum = [.. words.Select(word => (JsonNode)JsonValue.Create(word))] };

    private static string[] WordsOf<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
}
