using Microsoft.OpenApi;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>What the document says of parameters, which mean the same wherever they have the same name; and those of the path that no method asks for.</summary>
internal static class ParameterTexts
{
    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["ns"] = "The namespace, such as `default`.",
        ["id"] = "As it was given when the thing was made.",
        ["name"] = "The name, unique within the namespace.",
        ["user"] = "The user's name.",
        ["role"] = "The role's name.",
        ["limit"] = "How many at most: 1 to 500; 50 when not given.",
        ["cursor"] = "Where the page before ended: its `nextCursor`.",
        ["wait"] = "How long the answer may wait for the job's end, PT0S to PT5M.",
        ["state"] = "Only jobs in this state.",
        ["method"] = "Only this method.",
        ["handler"] = "Only this handler.",
        ["group"] = "Only jobs for this group.",
        ["tag"] = "Only jobs with this tag.",
        ["batch"] = "Only jobs of this batch.",
        ["schedule"] = "Only jobs of the schedule of this name.",
        ["from"] = "From this instant on, RFC 3339.",
        ["to"] = "Up to this instant, RFC 3339.",
        ["q"] = "Only jobs whose id, method, tags or error message hold this text; case does not count.",
        ["include"] = "Bodies to show, with commas in between: `params`, `result`; of executions `result` alone. None when not given.",
        ["after"] = "Lines with a greater sequence; all when not given. A page's `nextCursor` goes here.",
        ["attempt"] = "Only lines of this attempt, counted from 1.",
        ["follow"] = "`true`: a stream of server-sent events, which ends with the job.",
        ["count"] = "How many instants, 1 to 1,000; 10 when not given.",
        ["outcome"] = "Only attempts that ended so.",
        ["format"] = "`ndjson` or `csv`; `ndjson` when not given.",
        ["by"] = "`handler` or `method`; only the sum over all when not given.",
        ["confirm"] = "The name once more: everything in it is lost.",
        ["actor"] = "Only what this actor did, such as `user:ana`.",
        ["action"] = "Only this action, such as `keys:create`.",
        ["object"] = "Only what was done to this, such as `key:0123456789ab`.",
        ["window"] = "How far back from now, PT1M to P31D; P1D when not given.",
    };

    /// <param name="path">As routed, without a leading slash.</param>
    public static void Add(OpenApiOperation operation, string path)
    {
        foreach (var part in path.Split('/').Where(part => part is ['{', .., '}']))
        {
            var name = part[1..^1];
            if (operation.Parameters?.Any(parameter => parameter.Name == name) != true)
            {
                (operation.Parameters ??= []).Insert(0, new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                });
            }
        }

        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Description ??= Texts.GetValueOrDefault(parameter.Name ?? "");
        }
    }
}
