namespace ScheduleZero.HandlerAgent;

/// <summary>
/// The agent ended for good: the Broker refused it, revoked its key, or another copy with the same instance took its
/// session over.
/// </summary>
public sealed class AgentStoppedException(string code, string detail) : Exception($"{code}: {Explain(code)}{detail}")
{
    /// <summary>One of the protocol's error codes.</summary>
    public string Code => code;

    private static string Explain(string code) =>
        code switch
        {
            Contracts.ErrorCodes.Superseded => "another copy with the same instance took over. ",
            Contracts.ErrorCodes.Unauthenticated => "the key is not known to the Broker. ",
            _ => "",
        };
}
