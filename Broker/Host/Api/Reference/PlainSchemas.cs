using Microsoft.OpenApi;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>
/// Makes the schema of an optional field say only that the field is not required. Answers leave out what is not set,
/// and never contain null. Generators of clients stumble over a choice between null and a type, and a shared type that
/// was first seen as an optional field would be nullable everywhere.
/// </summary>
internal static class PlainSchemas
{
    public static void Apply(Microsoft.OpenApi.OpenApiDocument document)
    {
        foreach (var schema in document.Components?.Schemas?.Values ?? [])
        {
            Plain(schema);
        }

        var operations = document.Paths.Values.SelectMany(path =>
            path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>()
        );
        foreach (var operation in operations)
        {
            var answers = operation.Responses?.Values.SelectMany(answer => answer.Content?.Values ?? []) ?? [];
            var bodies = (operation.RequestBody?.Content?.Values ?? []).Concat(answers);
            foreach (var schema in bodies.Select(body => body.Schema).OfType<IOpenApiSchema>())
            {
                Plain(schema);
            }
        }
    }

    // References stay, since the components that they lead to are made plain by themselves.
    private static IOpenApiSchema Plain(IOpenApiSchema schema)
    {
        if (schema is not OpenApiSchema own)
        {
            return schema;
        }

        if (own.OneOf is [var first, var second] && (IsNull(first) || IsNull(second)))
        {
            return Plain(IsNull(first) ? second : first);
        }

        if (own.Type is { } type && type != JsonSchemaType.Null)
        {
            own.Type = type & ~JsonSchemaType.Null;
        }

        foreach (var (name, property) in own.Properties?.ToList() ?? [])
        {
            own.Properties![name] = Plain(property);
        }

        own.Items = own.Items is { } items ? Plain(items) : null;
        own.AdditionalProperties = own.AdditionalProperties is { } others ? Plain(others) : null;
        return own;
    }

    private static bool IsNull(IOpenApiSchema schema) => schema is OpenApiSchema { Type: JsonSchemaType.Null };
}
