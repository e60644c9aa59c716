namespace ScheduleZero.HandlerAgent;

/// <summary>
/// How <see cref="AgentEnrolment"/> and <see cref="AgentRotation"/> dial: whom they trust, and what they show. Each
/// property means what the property of its name in <see cref="HandlerAgentOptions"/> means.
/// </summary>
public sealed record AgentDialOptions
{
    /// <summary>As <see cref="HandlerAgentOptions.CertificateAuthorityFile"/>; null for the machine's.</summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>As <see cref="HandlerAgentOptions.ClientCertificateFile"/>; null for none.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>As <see cref="HandlerAgentOptions.ClientKeyFile"/>; null for a key beside its certificate.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>As <see cref="HandlerAgentOptions.ClientPasswordFile"/>; null for a key without a password.</summary>
    public string? ClientPasswordFile { get; init; }

    /// <summary>As <see cref="HandlerAgentOptions.Proxy"/>; null for the one of the environment.</summary>
    public AgentProxy? Proxy { get; init; }

    /// <summary>As <see cref="HandlerAgentOptions.UseEnvironmentProxy"/>; true by default.</summary>
    public bool UseEnvironmentProxy { get; init; } = true;

    /// <summary>As <see cref="HandlerAgentOptions.CurveServerKeys"/>; empty for plaintext over <c>tcp://</c>.</summary>
    public IReadOnlyList<string> CurveServerKeys { get; init; } = [];

    /// <summary>As <see cref="HandlerAgentOptions.CurveKeyFile"/>; null for a key pair in memory.</summary>
    public string? CurveKeyFile { get; init; }
}
