using System.CommandLine;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Edges;
using ScheduleZero.HandlerAgent.Commands;

namespace ScheduleZero.Cli.Servers;

/// <summary>
/// The verbs that start servers, each until SIGTERM or Ctrl+C, and those that work on a server's own files.
/// </summary>
internal static class ServerVerbs
{
    public static Command[] Create(Terminal terminal) =>
        [Broker(terminal), Bridge(terminal), Agent(terminal), DevVerb.Create(terminal), AdminVerbs.Create(terminal)];

    private static Verb Broker(Terminal terminal)
    {
        var data = Values.Text(
            "--data",
            "Where the store lives (SCHEDULEZERO_DATA); the platform's data folder",
            "DIR"
        );
        var urls = Addresses("--urls", "REST (SCHEDULEZERO_URLS); http://127.0.0.1:8888", "URL");
        var router = Addresses(
            "--router",
            "For handlers and Bridges: tcp://… binds, >tcp://… dials (SCHEDULEZERO_ROUTER); tcp://127.0.0.1:4242",
            "ENDPOINT"
        );
        var days = Values.Text(
            "--history-days",
            "How long finished jobs are kept (SCHEDULEZERO_HISTORY_DAYS); 30",
            "DAYS"
        );
        var auditDays = Values.Text(
            "--audit-days",
            "How long the audit log is kept (SCHEDULEZERO_AUDIT_DAYS); 400",
            "DAYS"
        );
        var requests = Values.Text(
            "--requests-per-minute",
            "REST requests of each API key that says nothing else (SCHEDULEZERO_REQUESTS_PER_MINUTE); 100",
            "N"
        );
        var anonymous = Values.Text(
            "--anonymous-requests-per-minute",
            "Of each address that shows no valid key, health checks among them "
                + "(SCHEDULEZERO_ANONYMOUS_REQUESTS_PER_MINUTE); 10",
            "N"
        );
        var perAddress = Values.Text(
            "--connections-per-address",
            "Connections that one address may hold at once (SCHEDULEZERO_CONNECTIONS_PER_ADDRESS); 1000",
            "N"
        );
        var proxies = Addresses(
            "--trusted-proxies",
            "Proxies that are believed about where requests come from, by X-Forwarded-For "
                + "(SCHEDULEZERO_TRUSTED_PROXIES); none",
            "RANGE"
        );
        var allowed = Addresses(
            "--allow-from",
            "Addresses that may connect to REST (SCHEDULEZERO_ALLOW_FROM); all",
            "RANGE"
        );
        var origins = Addresses(
            "--cors-origin",
            "Pages that may call REST, such as https://app.example.org (SCHEDULEZERO_CORS_ORIGINS); none",
            "ORIGIN"
        );
        var maxWaiting = Values.Text(
            "--max-waiting",
            "Jobs of all namespaces that may wait; one more is refused with 429 (SCHEDULEZERO_MAX_WAITING); no limit",
            "N"
        );
        var maxRunning = Values.Text(
            "--max-running",
            "Jobs of all namespaces that run at once; the others wait (SCHEDULEZERO_MAX_RUNNING); no limit",
            "N"
        );
        var reserve = Values.Text(
            "--disk-reserve-mib",
            "Below so much free disk new work is refused with 507; 0 for no reserve "
                + "(SCHEDULEZERO_DISK_RESERVE_MIB); 256",
            "N"
        );
        var gib = Values.Text(
            "--namespace-gib",
            "What the jobs of a namespace may take on disk, with results and logs, unless its limits say "
                + "otherwise (SCHEDULEZERO_NAMESPACE_GIB); 10",
            "N"
        );
        var hours = Values.Text(
            "--session-hours",
            "How long a user stays signed in (SCHEDULEZERO_SESSION_HOURS); 24",
            "N"
        );
        var insecure = Insecure();
        var verb = new Verb(
            "broker",
            "Starts a Broker: the scheduler, its store and REST. The first start prints the admin key, once",
            "schedulezero broker",
            "schedulezero broker --data /var/lib/schedulezero --router tcp://127.0.0.1:4242 '>tcp://bridge.dmz:4243'"
        )
        {
            data,
            urls,
            router,
            days,
            auditDays,
            requests,
            anonymous,
            perAddress,
            maxWaiting,
            maxRunning,
            reserve,
            gib,
            hours,
            proxies,
            allowed,
            origins,
            insecure,
        };
        verb.SetAction(
            (parsed, cancellationToken) =>
                ServerProgram.UntilStoppedAsync(
                    stop =>
                    {
                        try
                        {
                            var settings = BrokerArguments.From(
                                new BrokerFlags
                                {
                                    Data = parsed.GetValue(data),
                                    Urls = Given(parsed, urls),
                                    Router = Given(parsed, router),
                                    HistoryDays = parsed.GetValue(days),
                                    AuditDays = parsed.GetValue(auditDays),
                                    RequestsPerMinute = parsed.GetValue(requests),
                                    AnonymousRequestsPerMinute = parsed.GetValue(anonymous),
                                    ConnectionsPerAddress = parsed.GetValue(perAddress),
                                    MaxWaiting = parsed.GetValue(maxWaiting),
                                    MaxRunning = parsed.GetValue(maxRunning),
                                    DiskReserveMib = parsed.GetValue(reserve),
                                    NamespaceGib = parsed.GetValue(gib),
                                    SessionHours = parsed.GetValue(hours),
                                    TrustedProxies = Given(parsed, proxies),
                                    AllowFrom = Given(parsed, allowed),
                                    CorsOrigins = Given(parsed, origins),
                                    AllowInsecureRemote = parsed.GetValue(insecure),
                                },
                                terminal.Setting
                            );
                            return BrokerCommand.RunAsync(
                                settings,
                                terminal.Out,
                                terminal.Error,
                                ConsoleLogs.ToStandardError,
                                stop
                            );
                        }
                        catch (BrokerSettingsException e)
                        {
                            return RefuseAsync(terminal, e.Message);
                        }
                    },
                    cancellationToken
                )
        );
        return verb;
    }

    private static Verb Bridge(Terminal terminal)
    {
        var urls = Addresses(
            "--urls",
            "Where handlers connect (SCHEDULEZERO_BRIDGE_URLS); http://127.0.0.1:8890",
            "URL"
        );
        var brokers = Addresses(
            "--broker",
            "The Broker: tcp://… dials it, @tcp://… waits for it to dial (SCHEDULEZERO_BRIDGE_BROKER); "
                + "tcp://127.0.0.1:4242",
            "ENDPOINT"
        );
        var key = Values.Text(
            "--key",
            "A file with the bridge's key; SCHEDULEZERO_BRIDGE_KEY holds the key itself",
            "FILE"
        );
        var name = Values.Text(
            "--name",
            "What the Broker calls this Bridge (SCHEDULEZERO_BRIDGE_NAME); the machine's name",
            "NAME"
        );
        var proxies = Addresses(
            "--trusted-proxies",
            "Proxies that are believed about where handlers connect from, by X-Forwarded-For "
                + "(SCHEDULEZERO_BRIDGE_TRUSTED_PROXIES); none",
            "RANGE"
        );
        var allowed = Addresses(
            "--allow-from",
            "Addresses that may connect (SCHEDULEZERO_BRIDGE_ALLOW_FROM); all",
            "RANGE"
        );
        var connections = Values.Text(
            "--connections-per-minute",
            "New connections of each address (SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_MINUTE); 6000",
            "N"
        );
        var hellos = Values.Text(
            "--refused-hellos-per-minute",
            "Wrong Hellos of an address before it is kept out for that minute "
                + "(SCHEDULEZERO_BRIDGE_REFUSED_HELLOS_PER_MINUTE); 10",
            "N"
        );
        var perAddress = Values.Text(
            "--connections-per-address",
            "Connections that one address may hold at once (SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_ADDRESS); 5000",
            "N"
        );
        var insecure = Insecure();
        var verb = new Verb(
            "bridge",
            "Starts a Bridge: takes handlers' connections and carries them to the Broker",
            "schedulezero keys create bridge dmz-1",
            "SCHEDULEZERO_BRIDGE_KEY=szk_… schedulezero bridge",
            "schedulezero bridge --key /etc/schedulezero/bridge.key --broker tcp://127.0.0.1:4242"
        )
        {
            urls,
            brokers,
            key,
            name,
            proxies,
            allowed,
            connections,
            hellos,
            perAddress,
            insecure,
        };
        verb.SetAction(
            (parsed, cancellationToken) =>
                ServerProgram.UntilStoppedAsync(
                    stop =>
                    {
                        try
                        {
                            var settings = BridgeArguments.From(
                                Given(parsed, urls),
                                Given(parsed, brokers),
                                parsed.GetValue(key),
                                parsed.GetValue(name),
                                parsed.GetValue(insecure),
                                parsed.GetValue(connections),
                                parsed.GetValue(hellos),
                                new EdgeFlags(
                                    Given(parsed, proxies),
                                    Given(parsed, allowed),
                                    parsed.GetValue(perAddress)
                                ),
                                terminal.Setting
                            );
                            terminal.EraseVariable(BridgeArguments.KeyVariable);
                            return BridgeCommand.RunAsync(
                                settings,
                                terminal.Out,
                                terminal.Error,
                                ConsoleLogs.ToStandardError,
                                stop
                            );
                        }
                        catch (BridgeSettingsException e)
                        {
                            return RefuseAsync(terminal, e.Message);
                        }
                    },
                    cancellationToken
                )
        );
        return verb;
    }

    private static Verb Agent(Terminal terminal)
    {
        var config = Values.Text("--config", "The YAML file that names the handler and its commands", "FILE");
        config.Required = true;
        var identity = Values.Text(
            "--identity",
            "What `agent enroll` wrote (SCHEDULEZERO_IDENTITY) "
                + "[default: what the configuration names, else what was enrolled here for its handler]",
            "FILE"
        );
        var bridges = Addresses(
            "--bridge",
            "Addresses in place of the file's: http(s)://… of a Bridge, tcp://… of a Broker (SCHEDULEZERO_BRIDGE)",
            "URL"
        );
        var verb = new Verb(
            "agent",
            "Starts the ready agent: offers the local commands of a file as methods. It proves itself by "
                + "--identity, by "
                + "what the file names, by what was enrolled here for its handler, or else by SCHEDULEZERO_API_KEY",
            "schedulezero agent enroll https://bridge.example sze_…",
            "schedulezero agent --config agent.yaml --bridge https://bridge.example",
            "schedulezero keys create handler office-7",
            "SCHEDULEZERO_API_KEY=szk_… schedulezero agent --config agent.yaml --bridge https://bridge.example"
        )
        {
            config,
            bridges,
            identity,
        };
        verb.Add(AgentVerbs.Enroll(terminal));
        verb.Add(AgentVerbs.Rotate(terminal));
        verb.SetAction(
            (parsed, cancellationToken) =>
                ServerProgram.UntilStoppedAsync(
                    stop =>
                        CommandAgent.RunAsync(
                            new CommandAgentSettings
                            {
                                ConfigFile = parsed.GetValue(config)!,
                                Bridges =
                                    Given(parsed, bridges)
                                    ?? Contracts.CommandFlags.Split(terminal.Setting("SCHEDULEZERO_BRIDGE"))
                                    ?? [],
                                DefaultApiKey = terminal.TakeSecret(ConnectionSettings.ApiKeyVariable),
                                FindIdentity = handler => AgentVerbs.IdentityOf(handler, terminal),
                                IdentityFile =
                                    parsed.GetValue(identity) ?? terminal.Setting(AgentVerbs.IdentityVariable),
                                DefaultIdentityFile = AgentVerbs.OnlyIdentity(terminal),
                                Output = terminal.Out,
                                Error = terminal.Error,
                            },
                            stop
                        ),
                    cancellationToken
                )
        );
        return verb;
    }

    // These verbs have no arguments that the values could swallow, so that `--router A B` is as good as `--router A
    // --router B`.
    private static Option<string[]> Addresses(string name, string description, string valueName)
    {
        var option = Values.Many(name, description, valueName);
        option.AllowMultipleArgumentsPerToken = true;
        return option;
    }

    private static Option<bool> Insecure() =>
        new("--insecure-allow-remote-plaintext") { Description = "Let keys and jobs cross the network unencrypted" };

    private static string[]? Given(ParseResult parsed, Option<string[]> option) =>
        parsed.GetValue(option) is { Length: > 0 } values
            ? [.. values.SelectMany(value => Contracts.CommandFlags.Split(value) ?? [])]
            : null;

    private static async Task<int> RefuseAsync(Terminal terminal, string message)
    {
        await terminal.Error.WriteLineAsync($"error: {message}");
        return ExitCodes.Usage;
    }
}
