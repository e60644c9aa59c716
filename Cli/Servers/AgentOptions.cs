using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent.Commands;

namespace ScheduleZero.Cli.Servers;

/// <summary>The options that say how an agent dials, of <c>agent</c> and of <c>doctor</c>.</summary>
/// <param name="needsConfig">Whether the configuration file must be named.</param>
internal sealed class AgentOptions(bool needsConfig)
{
    private const string BridgeVariable = "SCHEDULEZERO_BRIDGE";

    private readonly Option<string?> _config = ConfigOption(needsConfig);
    private readonly Option<string[]> _bridges = ServerVerbs.AddressesOption(
        "--bridge",
        "Addresses in place of the file's: http(s)://… of a Bridge, tcp://… of a Broker (SCHEDULEZERO_BRIDGE)",
        "URL"
    );
    private readonly Option<string?> _identity = Values.Text(
        "--identity",
        "What `agent enroll` wrote (SCHEDULEZERO_IDENTITY) "
            + "[default: what the configuration names, else what was enrolled here for its handler]",
        "FILE"
    );

    private readonly AgentCurveOptions _curve = new();
    private readonly AgentWayOptions _way = new();

    public void AddTo(Command verb)
    {
        verb.Add(_config);
        verb.Add(_bridges);
        verb.Add(_identity);
        _curve.AddTo(verb);
        _way.AddTo(verb);
    }

    public CommandAgentSettings Read(ParseResult parsed, Terminal terminal)
    {
        var tls = ClientTlsOptions.Read(parsed, terminal);
        var proxyVariables = AgentWayOptions.TakeVariables(terminal);
        return new CommandAgentSettings
        {
            ConfigFile = parsed.GetValue(_config) ?? "",
            Bridges = ServerVerbs.Given(parsed, _bridges) ?? CommandFlags.Split(terminal.Setting(BridgeVariable)) ?? [],
            CertificateAuthorityFile = tls.Authority,
            ClientCertificateFile = tls.Certificate,
            ClientKeyFile = tls.Key,
            ClientPasswordFile = tls.Password,
            CurveKeyFile = _curve.ReadKey(parsed, terminal),
            CurveServerKeys = _curve.ReadServers(parsed, terminal),
            Proxy = _way.ReadProxy(parsed, terminal),
            ProxyCredentialsFile = _way.ReadCredentials(parsed, terminal),
            FindStateFile = handler => ConfigurationFolder.PathOf($"ways/{handler}.json", terminal),
            Configure = options => options.ProxyVariable = proxyVariables,
            DefaultApiKey = terminal.TakeSecret(ConnectionSettings.ApiKeyVariable),
            FindIdentity = handler => AgentVerbs.IdentityOf(handler, terminal),
            IdentityFile = parsed.GetValue(_identity) ?? terminal.Setting(AgentVerbs.IdentityVariable),
            DefaultIdentityFile = AgentVerbs.OnlyIdentity(terminal),
            Output = terminal.Out,
            Error = terminal.Error,
        };
    }

    private static Option<string?> ConfigOption(bool isRequired)
    {
        var config = Values.Text("--config", "The YAML file that names the handler and its commands", "FILE");
        config.Required = isRequired;
        return config;
    }
}
