using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero audit …</c>.</summary>
internal static class AuditVerbs
{
    private static readonly IReadOnlyList<Column<AuditEvent>> Columns =
    [
        new("SEQUENCE", happened => $"{happened.Sequence}"),
        new("AT", happened => PlainText.Instant(happened.At)),
        new("ACTOR", happened => happened.Actor),
        new("ACTION", happened => happened.Action),
        new("OUTCOME", happened => happened.Outcome),
        new("NAMESPACE", happened => happened.Namespace, Fit.Lesser),
        new("OBJECT", happened => happened.Object),
        new("ADDRESS", happened => happened.Address, Fit.Lesser),
        new("REASON", happened => happened.Reason, Fit.Prose),
    ];

    public static Command Create(Shell shell) =>
        new Verb("audit", "Who did what, and proof that nobody has rewritten it")
        {
            List(shell),
            Export(shell),
            Keys(shell),
            Chain(shell),
            AuditVerifyVerb.Create(shell),
        };

    private static Verb Chain(Shell shell) =>
        CommonVerbs.Ask(
            shell,
            new Verb(
                "chain",
                "Show how long the log is, and up to which event it is signed; `audit verify` proves it",
                "schedulezero audit chain"
            ),
            (call, token) => call.Client.Audit.ChainAsync(token),
            (call, chain) =>
                call.Printer.Answer(
                    chain,
                    RestJson.Default.AuditChainView,
                    shown =>
                        [
                            ("events", $"{shown.Events}"),
                            ("hash of the last", shown.Hash),
                            ("signed through", shown.SignedThrough is { } through ? $"{through}" : "not yet"),
                            ("signed at", PlainText.Instant(shown.SignedAt)),
                            ("key", shown.KeyId),
                            ("problem", shown.Problem),
                        ]
                )
        );

    private static Verb List(Shell shell)
    {
        var filter = new FilterOptions(shell.Terminal.Time);
        var here = new Option<bool>("--in-namespace")
        {
            Description = "Only what happened in the namespace; a key of that namespace is enough",
        };
        var verb = new Verb(
            "list",
            "List events, newest first",
            "schedulezero audit list --outcome denied --from 2026-12-01",
            "schedulezero audit list --in-namespace -n tenant-a"
        );
        filter.AddTo(verb);
        verb.Add(here);
        return CommonVerbs.List(
            shell,
            verb,
            (call, page, token) =>
            {
                var chosen = filter.Read(call) with { Limit = page.Limit };
                return call.Value(here)
                    ? call.Client.Audit.ListInNamespaceAsync(chosen, page.Cursor, token)
                    : call.Client.Audit.ListAsync(chosen, page.Cursor, token);
            },
            RestJson.Default.PageAuditEvent,
            Columns
        );
    }

    private static Verb Export(Shell shell)
    {
        var from = Values.Instant("--from", "Begin with the first event then or later", shell.Terminal.Time);
        var to = Values.Instant("--to", "End before the first event then or later", shell.Terminal.Time);
        var outFile = Values.Text("--out", "A file, in place of standard output", "FILE");
        var verb = new Verb(
            "export",
            "Write the log as NDJSON, oldest first, byte for byte as it was hashed",
            "schedulezero audit export --out audit.ndjson"
        )
        {
            from,
            to,
            outFile,
        };
        return CommonVerbs.Export(
            shell,
            verb,
            outFile,
            (call, token) => call.Client.Audit.ExportAsync(call.Value(from), call.Value(to), token)
        );
    }

    private static Verb Keys(Shell shell) =>
        CommonVerbs.Ask(
            shell,
            new Verb(
                "keys",
                "Write the public keys that sign the log, as a JWK set to keep elsewhere",
                "schedulezero audit keys > audit-keys.json"
            ),
            (call, token) => call.Client.Audit.KeysAsync(token),
            (call, keys) => call.Printer.Json(new AuditKeySet(keys), RestJson.Default.AuditKeySet)
        );

    /// <summary>The options that say which events are meant; all options that are given must hold.</summary>
    private sealed class FilterOptions(TimeProvider time)
    {
        private readonly Option<string?> _actor = Values.Text(
            "--actor",
            "Only by this one, such as key:0123456789ab, handler:office-7 or anonymous",
            "ACTOR"
        );
        private readonly Option<string?> _action = Values.Text("--action", "Only this, such as keys:create", "ACTION");
        private readonly Option<string?> _outcome = Values.Text("--outcome", "Only allowed, denied or failed", "WORD");
        private readonly Option<string?> _object = Values.Text(
            "--object",
            "Only about this, such as job:… or key:…",
            "OBJECT"
        );
        private readonly Option<string?> _text = Values.Text("--query", "Only with this text in it", "TEXT");
        private readonly Option<DateTimeOffset?> _from = Values.Instant("--from", "Then or later", time);
        private readonly Option<DateTimeOffset?> _to = Values.Instant("--to", "Before then", time);

        public void AddTo(Command verb)
        {
            verb.Add(_actor);
            verb.Add(_action);
            verb.Add(_outcome);
            verb.Add(_object);
            verb.Add(_text);
            verb.Add(_from);
            verb.Add(_to);
        }

        public AuditFilter Read(Call call) =>
            new()
            {
                Actor = call.Value(_actor),
                Action = call.Value(_action),
                Outcome = call.Value(_outcome),
                Object = call.Value(_object),
                Text = call.Value(_text),
                From = call.Value(_from),
                To = call.Value(_to),
            };
    }
}
