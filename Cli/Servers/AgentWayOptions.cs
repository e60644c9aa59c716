using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.HandlerAgent.Commands;

namespace ScheduleZero.Cli.Servers;

/// <summary>The options by which an agent names the proxy that it dials through.</summary>
internal sealed class AgentWayOptions
{
    private const string ProxyVariable = "SCHEDULEZERO_PROXY";
    private const string CredentialsVariable = "SCHEDULEZERO_PROXY_CREDENTIALS";

    /// <summary>The variables by which other programs name proxies, and which may hold passwords.</summary>
    private static readonly string[] OtherVariables =
    [
        "https_proxy",
        "HTTPS_PROXY",
        "http_proxy",
        "HTTP_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ];

    private readonly Option<string?> _proxy = Values.Text(
        "--proxy",
        $"The HTTP proxy to dial through, or none ({ProxyVariable}) [default: HTTPS_PROXY, HTTP_PROXY, NO_PROXY]",
        "URL"
    );
    private readonly Option<string?> _credentials = Values.Text(
        "--proxy-credentials",
        $"A file whose first line is user:password, for the proxy ({CredentialsVariable})",
        "FILE"
    );

    public void AddTo(Command verb)
    {
        verb.Add(_proxy);
        verb.Add(_credentials);
    }

    /// <summary>The proxy that was named, with its credentials.</summary>
    /// <exception cref="UsageException">What was given makes no sense.</exception>
    public AgentProxySetting Read(ParseResult parsed, Terminal terminal)
    {
        try
        {
            return AgentProxySetting.Read(ReadProxy(parsed, terminal), ReadCredentials(parsed, terminal));
        }
        catch (ConfigException e)
        {
            throw new UsageException(e.Message);
        }
    }

    /// <summary>The proxy as it was given; null when none was.</summary>
    /// <exception cref="UsageException">
    /// The command line holds a password, which every account here could read.
    /// </exception>
    public string? ReadProxy(ParseResult parsed, Terminal terminal)
    {
        var given = parsed.GetValue(_proxy);
        return given?.Contains('@', StringComparison.Ordinal) == true
            ? throw new UsageException(
                "--proxy takes no user and password, since others on this machine can read the command line. "
                    + $"Put user:password into a file and name it by --proxy-credentials, or set {ProxyVariable}."
            )
            : given ?? terminal.TakeSecret(ProxyVariable);
    }

    /// <summary>The file with the credentials; null when none was named.</summary>
    public string? ReadCredentials(ParseResult parsed, Terminal terminal) =>
        parsed.GetValue(_credentials) ?? terminal.Setting(CredentialsVariable);

    /// <summary>
    /// Reads the variables of the environment that name proxies. One that holds a password is removed from the
    /// environment, so that the commands of the agent cannot read it there.
    /// </summary>
    public static Func<string, string?> TakeVariables(Terminal terminal)
    {
        var taken = OtherVariables
            .Where(name => terminal.Setting(name)?.Contains('@', StringComparison.Ordinal) == true)
            .ToDictionary(name => name, terminal.TakeSecret, StringComparer.Ordinal);
        return name => taken.GetValueOrDefault(name) ?? terminal.Setting(name);
    }
}
