using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>The OpenAPI 3.1 document of the REST surface.</summary>
internal static class OpenApiDocument
{
    public const string Name = "v1";
    public const string Path = "/openapi/v1.json";

    private const string KeyScheme = "apiKey";

    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "ScheduleZero",
                    Version = "1",
                    Description =
                        "Jobs and schedules for handlers that nobody can dial. Errors are RFC 9457 problem "
                        + "details with a code. "
                        + "Fields and parameters that are not described here are refused. Every address that "
                        + "answers GET answers HEAD.",
                    License = new OpenApiLicense { Name = "MIT", Url = new Uri("https://opensource.org/license/mit") },
                };
                document.Tags = new HashSet<OpenApiTag>(
                    Tags.OrderBy(tag => tag.Name, StringComparer.Ordinal)
                        .Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Text })
                );
                // No servers are named: the API is at the address that the document was read from.
                document.Servers = [];
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
                {
                    [KeyScheme] = new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.Http,
                        Scheme = "bearer",
                        BearerFormat = "szk_<id>_<secret> or JWT",
                        Description = "A service's API key, or the access token of a user's session.",
                    },
                };
                return Task.CompletedTask;
            }
        );
        // Ids are plain texts to callers, so they get no schema of their own.
        options.CreateSchemaReferenceId = type =>
            IsId(type.Type) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        options.AddOperationTransformer(DescribeAccessAsync);
        options.AddSchemaTransformer(DescribeTypeAsync);
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                PlainSchemas.Apply(document);
                return Task.CompletedTask;
            }
        );
    }

    private static readonly (string Name, string Text)[] Tags =
    [
        ("alerts", "What is watched, who is told, and what is wrong now."),
        ("audit", "Who did what, and who was not let."),
        ("auth", "Signing in, and one's own account."),
        ("batches", "Jobs that are followed as one."),
        ("broker", "The Broker itself."),
        ("calendars", "Days on which schedules do not fire."),
        ("events", "What happens, as it happens."),
        ("executions", "The log of attempts, and sums over it."),
        ("handlers", "Those who run jobs."),
        ("health", "For probes; open to everybody."),
        ("jobs", "One piece of work, from its submission to its end."),
        ("keys", "API keys of services, handlers and Bridges."),
        ("methods", "Kinds of work: who offers them, what waits and runs, and their limits."),
        ("namespaces", "Tenants: their limits, and what they hold."),
        ("roles", "What users may do."),
        ("schedules", "What makes jobs by the clock."),
        ("users", "People who sign in."),
    ];

    private static readonly (string Status, string Text)[] RefusalsOfAll =
    [
        ("401", "No valid credential."),
        ("403", "The caller may not do this."),
        ("404", "There is no such thing, or it is none of the caller's."),
        ("429", "Too many requests in this minute; `Retry-After` says when to come again, in seconds."),
    ];

    private static readonly (string Name, string Text)[] ConditionsOfReads =
    [
        ("If-Match", "Only if it has one of these ETags; `*` if it is there."),
        ("If-None-Match", "Only if it has none of these ETags: 304 otherwise."),
    ];

    private static readonly (string Name, string Text)[] ConditionsOfChanges =
    [
        (
            "If-Match",
            "Only if it has one of these ETags, so that nobody has saved another meanwhile; `*` if it is there."
        ),
        ("If-None-Match", "Only if it has none of these ETags; `*` if it is not there yet."),
    ];

    private static async Task DescribeAccessAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        ParameterTexts.Add(operation, context.Description.RelativePath ?? "");
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (Examples.ForRequest(operation.OperationId) is { } example && operation.RequestBody?.Content is { } content)
        {
            foreach (var body in content.Values)
            {
                body.Example = example;
            }
        }

        var problem = await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancellationToken);
        if (metadata.OfType<ConditionalRoute>().Any())
        {
            DescribeConditions(operation, HttpMethods.IsGet(context.Description.HttpMethod ?? ""), problem);
        }

        var permission = metadata
            .OfType<AuthorizationPolicy>()
            .SelectMany(policy => policy.Requirements)
            .OfType<PermissionRequirement>()
            .FirstOrDefault();
        if (permission is null)
        {
            return;
        }

        var need = permission.Permission is { } name
            ? $"Needs the permission `{name}`."
            : "Open to every caller, about the caller's own.";
        operation.Description = $"{operation.Description}\n\n{need}";
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, context.Document)] = [] },
        ];
        foreach (var (status, text) in RefusalsOfAll)
        {
            AddRefusal(operation, status, text, problem);
        }
    }

    private static void DescribeConditions(OpenApiOperation operation, bool isRead, IOpenApiSchema problem)
    {
        foreach (var (name, text) in isRead ? ConditionsOfReads : ConditionsOfChanges)
        {
            (operation.Parameters ??= []).Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Header,
                    Description = text,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                }
            );
        }

        AddRefusal(operation, "400", "Not valid; `errors` says where.", problem);
        AddRefusal(operation, "412", "A condition does not hold: `If-Match`, or `If-None-Match` of a change.", problem);
        if (isRead)
        {
            operation.Responses!.TryAdd("304", new OpenApiResponse { Description = "It is as `If-None-Match` says." });
        }
    }

    private static void AddRefusal(OpenApiOperation operation, string status, string text, IOpenApiSchema problem) =>
        (operation.Responses ??= []).TryAdd(
            status,
            new OpenApiResponse
            {
                Description = text,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [ProblemAnswer.ContentType] = new() { Schema = problem },
                },
            }
        );

    private static bool IsId(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var id
        && (id == typeof(JobId) || id == typeof(BatchId) || id == typeof(AttemptId));

    // Describes types that converters write as text: the serialiser knows only that they are converted.
    private static Task DescribeTypeAsync(
        OpenApiSchema schema,
        OpenApiSchemaTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        var isOptional = type != context.JsonTypeInfo.Type ? JsonSchemaType.Null : default;
        if (type == typeof(TimeSpan))
        {
            schema.Type = JsonSchemaType.String | isOptional;
            schema.Format = "duration";
            schema.Examples = [JsonValue.Create("PT30S")];
            schema.Pattern = null;
        }
        else if (type == typeof(JobId) || type == typeof(BatchId))
        {
            schema.Type = JsonSchemaType.String | isOptional;
            schema.Format = "uuid";
        }
        else if (type == typeof(IReadOnlyList<JobId>))
        {
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" };
        }
        else if (type == typeof(IReadOnlyList<DayOfWeek>) || type == typeof(IReadOnlyList<JobState>))
        {
            schema.Items = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Enum = WordsOf(type.GetGenericArguments()[0]),
            };
        }
        else if (type == typeof(AttemptId))
        {
            schema.Type = JsonSchemaType.String | isOptional;
        }
        else if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String | isOptional;
            schema.Enum = WordsOf(type);
        }
        else if (type == typeof(RawJson))
        {
            schema.Description = "Any JSON value.";
        }

        return Task.CompletedTask;
    }

    private static List<JsonNode> WordsOf(Type type) =>
        [
            .. Enum.GetNames(type)
                .Select(name => (JsonNode)JsonValue.Create(JsonNamingPolicy.CamelCase.ConvertName(name))),
        ];
}
