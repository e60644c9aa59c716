namespace ScheduleZero.HandlerAgent;

/// <summary>What an agent became by <see cref="AgentEnrolment"/>.</summary>
public sealed record EnrolledAgent
{
    /// <summary>The id of the agent's key, by which the Broker lists and revokes it.</summary>
    public required string KeyId { get; init; }

    /// <summary>The namespace that the handler belongs to.</summary>
    public required string Namespace { get; init; }

    /// <summary>The name of the handler, for <see cref="HandlerAgentOptions.Handler"/>.</summary>
    public required string Handler { get; init; }

    /// <summary>
    /// Whether the agent's CURVE key (<see cref="AgentDialOptions.CurveKeyFile"/>) may connect to the Broker's ROUTER
    /// from now on; false without one, and from an older Broker.
    /// </summary>
    public bool CurveAllowed { get; init; }

    /// <summary>The path of the identity, for <see cref="HandlerAgentOptions.IdentityFile"/>.</summary>
    public required string IdentityFile { get; init; }

    /// <summary>
    /// Whether the Broker has proved its key, so that sessions can be sealed; false for a Broker of an older version.
    /// </summary>
    public required bool CanSeal { get; init; }
}
