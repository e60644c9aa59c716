using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent;

/// <summary>Runs one attempt: takes the params, and gives the result.</summary>
internal delegate Task<RawJson> Invocation(RawJson parameters, JobContext job);

/// <summary>A method that this handler offers, and the code behind it.</summary>
internal sealed record Method(OfferedMethod Offer, Invocation Invoke)
{
    /// <summary>
    /// Wraps typed code. The delegate is closed over its types once, here, so that an attempt pays for no reflection.
    /// </summary>
    public static Method Of<TParams, TResult>(
        OfferedMethod offer,
        MethodJson json,
        Func<TParams, JobContext, Task<TResult>> handler
    ) =>
        new(
            offer,
            async (parameters, job) =>
                MethodValues.WriteResult(
                    await handler(MethodValues.ReadParams<TParams>(parameters, json.Params), job),
                    json.Results
                )
        );

    /// <summary>Wraps typed code that has no result.</summary>
    public static Method Of<TParams>(OfferedMethod offer, MethodJson json, Func<TParams, JobContext, Task> handler) =>
        new(
            offer,
            async (parameters, job) =>
            {
                await handler(MethodValues.ReadParams<TParams>(parameters, json.Params), job);
                return default;
            }
        );
}
