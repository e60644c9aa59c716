using System.CommandLine;
using ScheduleZero.Cli.Output;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Cli.Servers;

/// <summary>
/// <c>schedulezero curve …</c>: key pairs for ZeroMQ connections. The verbs work on files and ask no Broker.
/// </summary>
internal static class CurveVerbs
{
    public static Command Create(Terminal terminal) =>
        new Verb("curve", "Key pairs that secure ZeroMQ connections (CURVE)") { New(terminal), Show(terminal) };

    private static Verb New(Terminal terminal)
    {
        var file = new Argument<string>("file")
        {
            Description = "The file to make, readable by you only",
            HelpName = "FILE",
        };
        var verb = new Verb(
            "create",
            "Make a key pair in a new file, and print its public key, which others may know",
            "schedulezero curve create broker.curve",
            "schedulezero broker --router tcp://0.0.0.0:4242 --curve-key broker.curve --curve-allow clients.txt"
        )
        {
            file,
        };
        new Shell(terminal).RunLocally(
            verb,
            (parsed, _) =>
            {
                var path = parsed.GetValue(file)!;
                var pair = CurveKeyPair.Generate();
                return Task.FromResult(
                    Print(
                        terminal,
                        () =>
                        {
                            CurveKeyFile.Create(path, pair, terminal.Time.GetUtcNow());
                            return pair.Public;
                        },
                        $"Wrote the key pair to {path}. The public key above is for the other side of the connection."
                    )
                );
            }
        );
        return verb;
    }

    private static Verb Show(Terminal terminal)
    {
        var file = new Argument<string>("file")
        {
            Description = "A file with a key pair or a public key",
            HelpName = "FILE",
        };
        var verb = new Verb(
            "show",
            "Print the public key of a file, for --curve-server or a line of --curve-allow",
            "schedulezero curve show broker.curve",
            "echo \"$(schedulezero curve show office-7.curve) office-7\" >> clients.txt"
        )
        {
            file,
        };
        new Shell(terminal).RunLocally(
            verb,
            (parsed, _) =>
                Task.FromResult(Print(terminal, () => CurveKeyFile.ReadPublic(parsed.GetValue(file)!), note: null))
        );
        return verb;
    }

    private static int Print(Terminal terminal, Func<CurvePublicKey> key, string? note)
    {
        var printer = new Printer(terminal, OutputFormat.Table);
        try
        {
            printer.Line(key().Text);
            if (note is not null)
            {
                printer.Note(note);
            }

            return ExitCodes.Ok;
        }
        catch (IOException e)
        {
            printer.Note($"error: {e.Message}");
            return ExitCodes.Failed;
        }
    }
}
