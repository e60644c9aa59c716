using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Thrown when the agent ended for good: the Broker refused the handler, the handler's key was revoked, or another
/// process with the same instance took the session over.
/// </summary>
public sealed class AgentStoppedException : Exception
{
    internal AgentStoppedException(string code, string detail)
        : base($"{code}: {Explain(code)}{detail}") => Code = code;

    /// <summary>The error code of the protocol, one of <see cref="ErrorCodes"/>.</summary>
    public string Code { get; }

    private static string Explain(string code) =>
        code switch
        {
            ErrorCodes.Superseded => "another copy with the same instance took over. ",
            ErrorCodes.Unauthenticated => "the key is not known to the Broker. ",
            _ => "",
        };
}
