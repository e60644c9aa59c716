using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent;

/// <summary>The options by which the params of typed methods are read, and their results are written.</summary>
internal sealed class MethodJson
{
    /// <summary>Makes the options.</summary>
    /// <param name="options">The application's own options; null for the product's conventions.</param>
    public MethodJson(JsonSerializerOptions? options)
    {
        Results = options ?? JsonConventions.Options;
        // A result is written as it is: a null in a member that should have none is the handler's own affair.
        Params = new JsonSerializerOptions(Results)
        {
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        Params.MakeReadOnly(populateMissingResolver: true);
    }

    /// <summary>
    /// The options for reading params: a member that is required, or may not be null, is insisted on, so that code
    /// never runs with a null that its types deny.
    /// </summary>
    public JsonSerializerOptions Params { get; }

    /// <summary>The options for writing results.</summary>
    public JsonSerializerOptions Results { get; }
}
