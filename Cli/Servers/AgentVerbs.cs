using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Edges;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Commands;

namespace ScheduleZero.Cli.Servers;

/// <summary>
/// <c>schedulezero agent</c> starts the ready agent; <c>agent enroll</c> and <c>agent rotate</c> make an agent a key of
/// its own, and another.
/// </summary>
internal static class AgentVerbs
{
    public const string IdentityVariable = "SCHEDULEZERO_IDENTITY";

    public static Verb Create(Terminal terminal)
    {
        var options = new AgentOptions(needsConfig: true);
        var verb = new Verb(
            "agent",
            "Starts the ready agent: offers the local commands of a file as methods. It proves itself by "
                + "--identity, by "
                + "what the file names, by what was enrolled here for its handler, or else by SCHEDULEZERO_API_KEY",
            "schedulezero agent enroll https://bridge.example sze_…",
            "schedulezero agent --config agent.yaml --bridge https://bridge.example",
            "schedulezero keys create handler office-7",
            "SCHEDULEZERO_API_KEY=szk_… schedulezero agent --config agent.yaml --bridge https://bridge.example"
        );
        options.AddTo(verb);
        verb.Add(Enroll(terminal));
        verb.Add(Rotate(terminal));
        new Shell(terminal).RunLocally(
            verb,
            (parsed, cancellationToken) =>
            {
                var settings = options.Read(parsed, terminal);
                return ServerProgram.UntilStoppedAsync(
                    stop => CommandAgent.RunAsync(settings, stop),
                    cancellationToken
                );
            }
        );
        return verb;
    }

    private static Argument<string> AddressArgument() =>
        new("URL") { Description = "http(s)://… of a Bridge, or tcp://… of a Broker's ROUTER" };

    /// <summary>How <c>agent enroll</c> and <c>agent rotate</c> dial.</summary>
    /// <exception cref="UsageException">The proxy makes no sense.</exception>
    private static AgentDialOptions DialOf(
        ParseResult parsed,
        Terminal terminal,
        AgentCurveOptions curve,
        AgentWayOptions way
    )
    {
        var tls = ClientTlsOptions.Read(parsed, terminal);
        var proxy = way.Read(parsed, terminal);
        return new AgentDialOptions
        {
            Proxy = proxy.Proxy,
            UseEnvironmentProxy = proxy.UseEnvironment,
            CertificateAuthorityFile = tls.Authority,
            ClientCertificateFile = tls.Certificate,
            ClientKeyFile = tls.Key,
            ClientPasswordFile = tls.Password,
            CurveServerKeys = curve.ReadServers(parsed, terminal),
            CurveKeyFile = curve.ReadKey(parsed, terminal),
        };
    }

    private static Verb Enroll(Terminal terminal)
    {
        var options = new EnrollOptions();
        var verb = new Verb(
            "enroll",
            "Makes this machine's agent a key of its own, which never leaves it, and has the Broker take it "
                + "for a token",
            "schedulezero agent enroll https://bridge.example sze_…",
            "schedulezero agent enroll https://bridge.example - --handler office-7 --out "
                + "/var/lib/schedulezero/office-7.json < token"
        );
        options.AddTo(verb);
        new Shell(terminal).RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var request = await options.ReadAsync(parsed, terminal, cancellationToken);
                return await TellAsync(terminal, () => EnrolAsync(request, terminal, cancellationToken));
            }
        );
        return verb;
    }

    private static async Task EnrolAsync(EnrolRequest request, Terminal terminal, CancellationToken cancellationToken)
    {
        var agent = await AgentEnrolment.EnrolAsync(
            request.Address,
            request.Token,
            request.Handler,
            request.Place,
            request.Dial,
            cancellationToken
        );
        await terminal.Error.WriteLineAsync(
            $"Enrolled handler {agent.Handler} in namespace {agent.Namespace} with key {agent.KeyId}"
        );
        await terminal.Error.WriteLineAsync(
            $"Wrote {agent.IdentityFile}: keep it on this machine, readable by the agent's account only"
        );
        if (!agent.CanSeal)
        {
            await terminal.Error.WriteLineAsync(
                "note: the Broker did not prove its key, so that sessions cannot be sealed: is its version older?"
            );
        }

        await terminal.Error.WriteLineAsync(
            $"Next: schedulezero agent --config agent.yaml --identity {agent.IdentityFile} "
                + $"--bridge {request.Address.OriginalString}"
        );
    }

    private static Verb Rotate(Terminal terminal)
    {
        var (address, curve, way) = (AddressArgument(), new AgentCurveOptions(), new AgentWayOptions());
        var identity = Values.Text(
            "--identity",
            "What `agent enroll` wrote (SCHEDULEZERO_IDENTITY) [default: the only one there]",
            "FILE"
        );
        var verb = new Verb(
            "rotate",
            "Gives an agent a new key, signed by the old one, which stays good for 24 h. Stop the agent first, "
                + "and start it again after",
            "schedulezero agent rotate https://bridge.example --identity office-7.json"
        )
        {
            address,
            identity,
        };
        curve.AddTo(verb);
        way.AddTo(verb);
        new Shell(terminal).RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var url = RequireAddress(parsed.GetValue(address)!);
                var file =
                    parsed.GetValue(identity)
                    ?? terminal.Setting(IdentityVariable)
                    ?? OnlyIdentity(terminal)
                    ?? throw new UsageException($"Which identity? Name it with --identity or {IdentityVariable}.");
                return await TellAsync(
                    terminal,
                    async () =>
                    {
                        var id = await AgentRotation.RotateAsync(
                            url,
                            file,
                            DialOf(parsed, terminal, curve, way),
                            cancellationToken
                        );
                        await terminal.Error.WriteLineAsync($"{file} holds key {id} now");
                    }
                );
            }
        );
        return verb;
    }

    /// <summary>Acts; a failure is told in one line, and becomes an exit code.</summary>
    private static async Task<int> TellAsync(Terminal terminal, Func<Task> act)
    {
        try
        {
            await act();
            return ExitCodes.Ok;
        }
        catch (IdentityException e)
        {
            await terminal.Error.WriteLineAsync($"error: {Output.PlainText.Clean(e.Message)}");
            return ExitCodes.Refused;
        }
    }

    private static Uri RequireAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https" or "tcp"
        && address.UserInfo.Length == 0
            ? address
            : throw new UsageException($"'{text}' is no address; it should begin with https://, http:// or tcp://.");

    private static IdentityPlace PlaceOf(string? file, Terminal terminal)
    {
        if (file is null)
        {
            return new IdentityPlace(Folder(terminal));
        }

        if (File.Exists(file))
        {
            throw new UsageException(
                $"{file} is there already; remove it first if its identity is of no use any more."
            );
        }

        var path = Path.GetFullPath(file);
        return Path.GetFileName(path) is { Length: > 0 } name && !Directory.Exists(path)
            ? new IdentityPlace(Path.GetDirectoryName(path)!, name)
            : throw new UsageException($"{file} is a folder; name a file.");
    }

    /// <summary>The identity that is used when none is named; null when there is none, or more than one.</summary>
    public static string? OnlyIdentity(Terminal terminal) =>
        Directory.Exists(Folder(terminal)) && Directory.GetFiles(Folder(terminal), "*.json") is [var only]
            ? only
            : null;

    /// <summary>
    /// The identity that was enrolled on this machine for a handler of this name; null when there is none.
    /// </summary>
    public static string? IdentityOf(string handler, Terminal terminal) =>
        Path.Combine(Folder(terminal), $"{handler}.json") is var file && File.Exists(file) ? file : null;

    /// <summary>The folder where agents of this account find their identities.</summary>
    private static string Folder(Terminal terminal) => ConfigurationFolder.PathOf("agents", terminal);

    /// <summary>What <c>agent enroll</c> is asked to do.</summary>
    /// <param name="Handler">The handler's name; null where the token names the handler.</param>
    private sealed record EnrolRequest(
        Uri Address,
        string Token,
        string? Handler,
        IdentityPlace Place,
        AgentDialOptions Dial
    );

    /// <summary>The arguments and options of <c>agent enroll</c>.</summary>
    private sealed class EnrollOptions
    {
        private readonly Argument<string> _address = AddressArgument();
        private readonly Argument<string> _token = new("TOKEN")
        {
            Description = "As `schedulezero enrolments create` showed it; - reads it from standard input",
        };
        private readonly Option<string?> _handler = Values.Text(
            "--handler",
            "The handler's name, where the token leaves a choice",
            "NAME"
        );
        private readonly Option<string?> _outFile = Values.Text(
            "--out",
            "Where the identity shall lie [default: schedulezero/agents/HANDLER.json in your configuration folder]",
            "FILE"
        );
        private readonly AgentCurveOptions _curve = new();
        private readonly AgentWayOptions _way = new();

        public void AddTo(Command verb)
        {
            verb.Add(_address);
            verb.Add(_token);
            verb.Add(_handler);
            verb.Add(_outFile);
            _curve.AddTo(verb);
            _way.AddTo(verb);
        }

        /// <exception cref="UsageException">A value makes no sense, or the file for the identity exists.</exception>
        public async Task<EnrolRequest> ReadAsync(
            ParseResult parsed,
            Terminal terminal,
            CancellationToken cancellationToken
        )
        {
            var address = RequireAddress(parsed.GetValue(_address)!);
            var token = parsed.GetValue(_token) is "-"
                ? (await terminal.In.ReadToEndAsync(cancellationToken)).Trim()
                : parsed.GetValue(_token)!;
            return new EnrolRequest(
                address,
                token,
                parsed.GetValue(_handler),
                PlaceOf(parsed.GetValue(_outFile), terminal),
                DialOf(parsed, terminal, _curve, _way)
            );
        }
    }
}
