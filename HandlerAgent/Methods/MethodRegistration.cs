using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// A method as the application registered it. The registration becomes a <see cref="Method"/> when the agent starts.
/// </summary>
/// <param name="Options">What the application said of the method.</param>
/// <param name="Params">The type that params are read as.</param>
/// <param name="TakesNull">Whether the code takes params of null.</param>
/// <param name="Wrap">Puts the code behind the offer.</param>
internal sealed record MethodRegistration(
    string Name,
    MethodOptions Options,
    Type Params,
    bool TakesNull,
    Func<OfferedMethod, MethodJson, Method> Wrap
)
{
    /// <summary>
    /// How many bytes the schemas that the agent writes by itself may have, those of all methods together. A Hello also
    /// names every attempt that it resumes, and must fit the largest message that a Bridge takes.
    /// </summary>
    public const int WrittenSchemaBytesMax = 64 * 1024;

    /// <summary>Makes the methods of an agent, by name.</summary>
    /// <exception cref="InvalidOperationException">The params of a method have no JSON Schema.</exception>
    public static Dictionary<string, Method> ToMethods(
        IEnumerable<MethodRegistration> registrations,
        MethodJson json,
        ILogger logger
    )
    {
        var methods = new Dictionary<string, Method>(StringComparer.Ordinal);
        var written = 0;
        foreach (var registration in registrations)
        {
            var schema = registration.WriteSchema(json);
            if (written + schema.Utf8.Length > WrittenSchemaBytesMax)
            {
                logger.SchemaTooLong(registration.Name, schema.Utf8.Length, WrittenSchemaBytesMax);
                schema = default;
            }

            written += schema.Utf8.Length;
            methods.Add(registration.Name, registration.Wrap(registration.ToOffer(schema), json));
        }

        return methods;
    }

    private OfferedMethod ToOffer(RawJson writtenSchema) =>
        new()
        {
            Name = Name,
            Description = Options.Description,
            ParamsSchema = Options.ParamsSchema.IsEmpty ? writtenSchema : Options.ParamsSchema,
            MaxConcurrent = Options.MaxConcurrent,
        };

    /// <summary>The schema of the type that params are read as; empty where none is to be published.</summary>
    private RawJson WriteSchema(MethodJson json)
    {
        if (!Options.PublishParamsSchema || !Options.ParamsSchema.IsEmpty || Params == typeof(RawJson))
        {
            return default;
        }

        try
        {
            return TypeSchema.Of(Params, json.Params, TakesNull);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidOperationException(
                $"The params of method {Name} have no JSON Schema: {e.Message} Give one in "
                    + $"{nameof(MethodOptions)}.{nameof(MethodOptions.ParamsSchema)}, or set "
                    + $"{nameof(MethodOptions.PublishParamsSchema)} to false.",
                e
            );
        }
    }
}
