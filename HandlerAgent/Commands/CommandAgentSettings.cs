using Microsoft.Extensions.Logging;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>How the ready agent is started. What is given here wins over the agent's configuration file.</summary>
public sealed record CommandAgentSettings
{
    /// <summary>
    /// The YAML file that names the handler and its commands (docs/command-agent.md). The doctor, which needs none,
    /// takes an empty text.
    /// </summary>
    public required string ConfigFile { get; init; }

    /// <summary>Addresses in place of those of the file; empty for those of the file.</summary>
    public IReadOnlyList<string> Bridges { get; init; } = [];

    /// <summary>Public CURVE keys of servers in place of those of the file; empty for those of the file.</summary>
    public IReadOnlyList<string> CurveServerKeys { get; init; } = [];

    /// <summary>The file with the agent's own CURVE key pair in place of the one that the file names; null for that.
    /// </summary>
    public string? CurveKeyFile { get; init; }

    /// <summary>
    /// The file with the authorities that are trusted, in place of the one that the configuration file names; null for
    /// that.
    /// </summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>
    /// The agent's certificate in place of the one that the configuration file names, together with its key and
    /// password; null for that.
    /// </summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>The key of <see cref="ClientCertificateFile"/>; null when the certificate's file holds it.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>A file with the password of the key; null for a key without one.</summary>
    public string? ClientPasswordFile { get; init; }

    /// <summary>
    /// The forward proxy, or <c>none</c>, in place of the one that the configuration file names; null for that.
    /// </summary>
    public string? Proxy { get; init; }

    /// <summary>
    /// A file with <c>user:password</c> for the proxy, in place of the one that the configuration file names; null for
    /// that.
    /// </summary>
    public string? ProxyCredentialsFile { get; init; }

    /// <summary>
    /// Names the file in which the agent remembers its ways, by the handler's name, where the configuration file names
    /// none; the answer null stands for no file.
    /// </summary>
    public Func<string, string?> FindStateFile { get; init; } = _ => null;

    /// <summary>The API key in place of the credential that the file names; null for that of the file.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The identity file of an agent that enrolled, in place of any API key; null for none.</summary>
    public string? IdentityFile { get; init; }

    /// <summary>
    /// Looks for the identity of a handler that was enrolled on this machine, by the handler's name; the answer is null
    /// when there is none. Asked when neither these settings nor the file name a credential.
    /// </summary>
    public Func<string, string?> FindIdentity { get; init; } = _ => null;

    /// <summary>
    /// An API key that is at hand without being named for this agent, such as that of the environment; null for none.
    /// Taken when nothing is named, and <see cref="FindIdentity"/> finds nothing.
    /// </summary>
    public string? DefaultApiKey { get; init; }

    /// <summary>The identity file to take when there is no other credential; null for none.</summary>
    public string? DefaultIdentityFile { get; init; }

    /// <summary>Where the line <c>ready: agent NAME BRIDGE</c> is written; the console by default.</summary>
    public TextWriter Output { get; init; } = Console.Out;

    /// <summary>Where complaints are written; the console's error output by default.</summary>
    public TextWriter Error { get; init; } = Console.Error;

    /// <summary>
    /// Where the agent's own log goes; null for warnings and worse to <see cref="Error"/>.
    /// </summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Sets further options, such as a proxy, after all others; null for none.</summary>
    public Action<HandlerAgentOptions>? Configure { get; init; }
}
