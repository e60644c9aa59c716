using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent;

/// <summary>One attempt's work: params in, result out.</summary>
internal delegate Task<RawJson> Invocation(RawJson parameters, JobContext job);

/// <summary>A method that this handler offers, and the code behind it.</summary>
internal sealed record Method(OfferedMethod Offer, Invocation Invoke)
{
    /// <summary>
    /// Wraps typed code. The delegates are closed over their types once, here, so that an attempt pays for no
    /// reflection.
    /// </summary>
    public static Method Of<TParams, TResult>(
        OfferedMethod offer,
        JsonSerializerOptions json,
        Func<TParams, JobContext, Task<TResult>> code
    ) =>
        new(
            offer,
            async (parameters, job) =>
                MethodValues.WriteResult(await code(MethodValues.ReadParams<TParams>(parameters, json), job), json)
        );

    /// <summary>Wraps typed code without a result.</summary>
    public static Method Of<TParams>(
        OfferedMethod offer,
        JsonSerializerOptions json,
        Func<TParams, JobContext, Task> code
    ) =>
        new(
            offer,
            async (parameters, job) =>
            {
                await code(MethodValues.ReadParams<TParams>(parameters, json), job);
                return default;
            }
        );
}
