using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Cli;

/// <summary>
/// <c>schedulezero curve …</c>: makes and shows key pairs for ZeroMQ connections, in files; and says which public keys
/// may connect to the Broker's ROUTER.
/// </summary>
internal static class CurveVerbs
{
    private static readonly IReadOnlyList<Column<CurveKeyView>> Columns =
    [
        new("ID", key => key.Id),
        new("NAME", key => key.Name),
        new("ALLOWED", key => key.Allowed ? "yes" : "no"),
        new("PUBLIC KEY", key => key.PublicKey),
        new("HANDLER", key => key.Handler is null ? null : HandlerPath.Of(key.Namespace!, key.Handler), Fit.Lesser),
        new("EXPIRES AT", key => PlainText.Instant(key.ExpiresAt), Fit.Lesser),
        new("CREATED AT", key => PlainText.Instant(key.CreatedAt), Fit.Lesser),
        new("CREATED BY", key => key.CreatedBy, Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        new Verb("curve", "Key pairs that secure ZeroMQ connections (CURVE), and who may connect")
        {
            New(shell),
            Show(shell),
            Allow(shell),
            Revoke(shell),
            CommonVerbs.List(
                shell,
                new Verb(
                    "list",
                    "List the public keys that may connect to the Broker's ROUTER, without those of --curve-allow",
                    "schedulezero curve list"
                ),
                (call, page, token) => call.Client.CurveKeys.ListAsync(page.Limit, page.Cursor, token),
                RestJson.Default.PageCurveKeyView,
                Columns
            ),
        };

    private static Verb Allow(Shell shell)
    {
        var key = new Argument<string>("KEY") { Description = "A public key, or a file that holds it" };
        var name = Values.Text(
            "--name",
            "The name of the peer that has the key; several keys may have one name",
            "NAME"
        );
        name.Required = true;
        var expiresIn = Values.Duration("--expires-in", "How long the key may connect [default: for ever]");
        var verb = new Verb(
            "allow",
            "Let a peer with this public key connect to the Broker's ROUTER",
            "schedulezero curve allow office-7.pub --name office-7",
            "schedulezero curve allow 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' --name office-7"
        )
        {
            key,
            name,
            expiresIn,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var allowed = await call.Client.CurveKeys.AllowAsync(
                    new CurveKeyRequest
                    {
                        PublicKey = PublicKeyOf(call.Value(key)),
                        Name = call.Value(name)!,
                        ExpiresAt = call.Value(expiresIn) is { } wait ? call.Terminal.Time.GetUtcNow() + wait : null,
                    },
                    cancellationToken
                );
                call.Printer.Answer(
                    allowed,
                    RestJson.Default.CurveKeyView,
                    shown => [("id", shown.Id), ("name", shown.Name), ("public key", shown.PublicKey)]
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Revoke(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb(
                "revoke",
                "Let a public key connect no more; its connections are cut within a second",
                "schedulezero curve revoke office-7.pub",
                "schedulezero curve revoke 0123456789ab"
            ),
            new Argument<string>("KEY")
            {
                Description = "The id of `curve list`, a public key, or a file that holds it",
            },
            (call, key, token) => call.Client.CurveKeys.RevokeAsync(IdOf(key), token),
            key => $"Revoked CURVE key {key}"
        );

    private static string PublicKeyOf(string keyOrFile)
    {
        if (CurvePublicKey.TryParse(keyOrFile, out var key))
        {
            return key.Text;
        }

        try
        {
            return CurveKeyFile.ReadPublic(keyOrFile).Text;
        }
        catch (IOException e)
        {
            throw new UsageException(
                $"'{keyOrFile}' is no public CURVE key of 40 characters, and no file: {e.Message}"
            );
        }
    }

    private static string IdOf(string idKeyOrFile) =>
        idKeyOrFile.Length == 12 && idKeyOrFile.All(char.IsAsciiHexDigitLower)
            ? idKeyOrFile
            : CurveKeyId.Of(PublicKeyOf(idKeyOrFile));

    private static Verb New(Shell shell)
    {
        var terminal = shell.Terminal;
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
        shell.RunLocally(
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

    private static Verb Show(Shell shell)
    {
        var terminal = shell.Terminal;
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
        shell.RunLocally(
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
