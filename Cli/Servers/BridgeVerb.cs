using System.CommandLine;
using ScheduleZero.Bridge;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Cli.Servers;

/// <summary><c>schedulezero bridge</c>.</summary>
internal static class BridgeVerb
{
    public static Verb Create(Terminal terminal)
    {
        var options = new BridgeOptions();
        var verb = new Verb(
            "bridge",
            "Starts a Bridge: takes handlers' connections and carries them to the Broker",
            "schedulezero keys create bridge dmz-1",
            "SCHEDULEZERO_BRIDGE_KEY=szk_… schedulezero bridge",
            "schedulezero bridge --key /etc/schedulezero/bridge.key --broker tcp://127.0.0.1:4242",
            "schedulezero bridge --urls https://0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem",
            "schedulezero bridge --urls https://0.0.0.0:443 --acme bridge.example.org --acme-agree-terms"
        );
        options.AddTo(verb);
        ServerVerbs.Serve<BridgeSettings, BridgeSettingsException>(
            verb,
            terminal,
            parsed => options.Read(parsed, terminal.Setting),
            (settings, stop) =>
            {
                terminal.EraseVariable(BridgeArguments.KeyVariable);
                return BridgeCommand.RunAsync(
                    settings,
                    terminal.Out,
                    terminal.Error,
                    ConsoleLogs.ToStandardError,
                    stop
                );
            }
        );
        return verb;
    }

    private sealed class BridgeOptions
    {
        private readonly Option<string[]> _urls = ServerVerbs.AddressesOption(
            "--urls",
            "Where handlers connect, https://… with --tls-cert or --acme (SCHEDULEZERO_BRIDGE_URLS); "
                + "http://127.0.0.1:8890",
            "URL"
        );
        private readonly ServerOptions _tls = new(BridgeArguments.TlsOptions);
        private readonly Option<string?> _clientAuthority = Values.Text(
            "--client-ca",
            "Handlers must show a certificate of the authorities in this file (SCHEDULEZERO_BRIDGE_CLIENT_CA)",
            "FILE"
        );
        private readonly Option<bool> _matchClientNames = new("--match-client-names")
        {
            Description =
                "That certificate must name the handler: a URI spiffe://…/NAMESPACE/HANDLER, or CN=NAMESPACE/HANDLER "
                + "(SCHEDULEZERO_BRIDGE_MATCH_CLIENT_NAMES=true)",
        };
        private readonly Option<string[]> _brokers = ServerVerbs.AddressesOption(
            "--broker",
            "The Broker: tcp://… dials it, @tcp://… waits for it to dial (SCHEDULEZERO_BRIDGE_BROKER); "
                + "tcp://127.0.0.1:4242",
            "ENDPOINT"
        );
        private readonly Option<string?> _keyFile = Values.Text(
            "--key",
            "A file with the bridge's key; SCHEDULEZERO_BRIDGE_KEY holds the key itself",
            "FILE"
        );
        private readonly Option<string?> _name = Values.Text(
            "--name",
            "What the Broker calls this Bridge (SCHEDULEZERO_BRIDGE_NAME); the machine's name",
            "NAME"
        );
        private readonly Option<string[]> _trustedProxies = ServerVerbs.AddressesOption(
            "--trusted-proxies",
            "Proxies that are believed about where handlers connect from, by X-Forwarded-For "
                + "(SCHEDULEZERO_BRIDGE_TRUSTED_PROXIES); none",
            "RANGE"
        );
        private readonly Option<string[]> _allowFrom = ServerVerbs.AddressesOption(
            "--allow-from",
            "Addresses that may connect, also where the Bridge waits for its Broker "
                + "(SCHEDULEZERO_BRIDGE_ALLOW_FROM); all",
            "RANGE"
        );
        private readonly Option<string?> _connectionsPerMinute = Values.Text(
            "--connections-per-minute",
            "New connections of each address (SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_MINUTE); 6000",
            "N"
        );
        private readonly Option<string?> _refusedHellosPerMinute = Values.Text(
            "--refused-hellos-per-minute",
            "Wrong Hellos of an address before it is kept out for that minute "
                + "(SCHEDULEZERO_BRIDGE_REFUSED_HELLOS_PER_MINUTE); 10",
            "N"
        );
        private readonly Option<string?> _connectionsPerAddress = Values.Text(
            "--connections-per-address",
            "Connections that one address may hold at once (SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_ADDRESS); 5000",
            "N"
        );
        private readonly ServerOptions _curve = new(CurveFlags.Options);
        private readonly Option<bool> _insecure = new(EdgeFlags.Insecure)
        {
            Description = "Let keys and jobs cross the network unencrypted",
        };

        public void AddTo(Command verb)
        {
            verb.Add(_urls);
            _tls.AddTo(verb);
            verb.Add(_clientAuthority);
            verb.Add(_matchClientNames);
            verb.Add(_brokers);
            verb.Add(_keyFile);
            verb.Add(_name);
            verb.Add(_trustedProxies);
            verb.Add(_allowFrom);
            verb.Add(_connectionsPerMinute);
            verb.Add(_refusedHellosPerMinute);
            verb.Add(_connectionsPerAddress);
            _curve.AddTo(verb);
            verb.Add(_insecure);
        }

        /// <param name="environment">Looks up a variable; null when the variable is not set.</param>
        /// <exception cref="BridgeSettingsException">A value makes no sense.</exception>
        public BridgeSettings Read(ParseResult parsed, Func<string, string?> environment) =>
            BridgeArguments.From(
                ServerVerbs.Given(parsed, _urls),
                ServerVerbs.Given(parsed, _brokers),
                parsed.GetValue(_keyFile),
                parsed.GetValue(_name),
                parsed.GetValue(_insecure),
                parsed.GetValue(_connectionsPerMinute),
                parsed.GetValue(_refusedHellosPerMinute),
                new EdgeFlags(
                    ServerVerbs.Given(parsed, _trustedProxies),
                    ServerVerbs.Given(parsed, _allowFrom),
                    parsed.GetValue(_connectionsPerAddress)
                ),
                CurveFlags.Of(_curve.Read(parsed)),
                TlsFlags.Of(_tls.Read(parsed)),
                parsed.GetValue(_clientAuthority),
                parsed.GetValue(_matchClientNames),
                environment
            );
    }
}
