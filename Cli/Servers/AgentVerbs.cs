using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Cli.Servers;

/// <summary><c>schedulezero agent enroll</c> and <c>rotate</c>: make an agent a key of its own, and another.</summary>
internal static class AgentVerbs
{
    public const string IdentityVariable = "SCHEDULEZERO_IDENTITY";

    /// <summary>The identity that is taken when none is named; null when there is none, or more than one.</summary>
    public static string? OnlyIdentity(Terminal terminal) =>
        Directory.Exists(Folder(terminal)) && Directory.GetFiles(Folder(terminal), "*.json") is [var only]
            ? only
            : null;

    /// <summary>
    /// The identity that was enrolled on this machine for a handler of this name; null when there is none.
    /// </summary>
    public static string? IdentityOf(string handler, Terminal terminal) =>
        Path.Combine(Folder(terminal), $"{handler}.json") is var file && File.Exists(file) ? file : null;

    public static Verb Enroll(Terminal terminal)
    {
        var address = new Argument<string>("URL")
        {
            Description = "http(s)://… of a Bridge, or tcp://… of a Broker's ROUTER",
        };
        var token = new Argument<string>("TOKEN")
        {
            Description = "As `schedulezero enrolments create` showed it; - reads it from standard input",
        };
        var handler = Values.Text("--handler", "The handler's name, where the token leaves a choice", "NAME");
        var outFile = Values.Text(
            "--out",
            "Where the identity shall lie [default: schedulezero/agents/HANDLER.json in your configuration folder]",
            "FILE"
        );
        var authority = Values.Text("--ca", "PEM file of certificates to trust beside the machine's own", "FILE");
        var verb = new Verb(
            "enroll",
            "Makes this machine's agent a key of its own, which never leaves it, and has the Broker take it "
                + "for a token",
            "schedulezero agent enroll https://bridge.example sze_…",
            "schedulezero agent enroll https://bridge.example - --handler office-7 --out "
                + "/var/lib/schedulezero/office-7.json < token"
        )
        {
            address,
            token,
            handler,
            outFile,
            authority,
        };
        new Shell(terminal).RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var url = RequireAddress(parsed.GetValue(address)!);
                var text = parsed.GetValue(token) is "-"
                    ? (await terminal.In.ReadToEndAsync(cancellationToken)).Trim()
                    : parsed.GetValue(token)!;
                var place = PlaceOf(parsed.GetValue(outFile), terminal);
                return await TellAsync(
                    terminal,
                    async () =>
                    {
                        var agent = await AgentEnrolment.EnrolAsync(
                            url,
                            text,
                            parsed.GetValue(handler),
                            place,
                            parsed.GetValue(authority),
                            cancellationToken
                        );
                        await terminal.Error.WriteLineAsync(
                            $"Enrolled handler {agent.Handler} in namespace {agent.Namespace} with key {agent.KeyId}"
                        );
                        await terminal.Error.WriteLineAsync(
                            $"Wrote {agent.IdentityFile}: keep it on this machine, readable by the agent's account only"
                        );
                        await terminal.Error.WriteLineAsync(
                            $"Next: schedulezero agent --config agent.yaml --identity {agent.IdentityFile} "
                                + $"--bridge {parsed.GetValue(address)}"
                        );
                    }
                );
            }
        );
        return verb;
    }

    public static Verb Rotate(Terminal terminal)
    {
        var address = new Argument<string>("URL")
        {
            Description = "http(s)://… of a Bridge, or tcp://… of a Broker's ROUTER",
        };
        var identity = Values.Text(
            "--identity",
            "What `agent enroll` wrote (SCHEDULEZERO_IDENTITY) [default: the only one there]",
            "FILE"
        );
        var authority = Values.Text("--ca", "PEM file of certificates to trust beside the machine's own", "FILE");
        var verb = new Verb(
            "rotate",
            "Gives an agent a new key, signed by the old one, which stays good for 24 h. Stop the agent first, "
                + "and start it again after",
            "schedulezero agent rotate https://bridge.example --identity office-7.json"
        )
        {
            address,
            identity,
            authority,
        };
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
                            parsed.GetValue(authority),
                            cancellationToken
                        );
                        await terminal.Error.WriteLineAsync($"{file} holds key {id} now");
                    }
                );
            }
        );
        return verb;
    }

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

    private static string Folder(Terminal terminal) => ConfigurationFolder.PathOf("agents", terminal);
}
