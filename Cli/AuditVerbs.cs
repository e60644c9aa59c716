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
            AuditVerifyVerb.Create(shell),
        };

    private static Verb List(Shell shell)
    {
        var time = shell.Terminal.Time;
        var actor = Values.Text(
            "--actor",
            "Only by this one, such as key:0123456789ab, handler:office-7 or anonymous",
            "ACTOR"
        );
        var action = Values.Text("--action", "Only this, such as keys:create", "ACTION");
        var outcome = Values.Text("--outcome", "Only allowed, denied or failed", "WORD");
        var subject = Values.Text("--object", "Only about this, such as job:… or key:…", "OBJECT");
        var text = Values.Text("--query", "Only with this text in it", "TEXT");
        var from = Values.Instant("--from", "Then or later", time);
        var to = Values.Instant("--to", "Before then", time);
        var here = new Option<bool>("--in-namespace")
        {
            Description = "Only what happened in the namespace; a key of that namespace is enough",
        };
        var verb = new Verb(
            "list",
            "List events, newest first",
            "schedulezero audit list --outcome denied --from 2026-12-01",
            "schedulezero audit list --in-namespace -n tenant-a"
        )
        {
            actor,
            action,
            outcome,
            subject,
            text,
            from,
            to,
            here,
        };
        return CommonVerbs.List(
            shell,
            verb,
            (call, page, token) =>
            {
                var filter = new AuditFilter
                {
                    Actor = call.Value(actor),
                    Action = call.Value(action),
                    Outcome = call.Value(outcome),
                    Object = call.Value(subject),
                    Text = call.Value(text),
                    From = call.Value(from),
                    To = call.Value(to),
                    Limit = page.Limit,
                };
                return call.Value(here)
                    ? call.Client.Audit.ListInNamespaceAsync(filter, page.Cursor, token)
                    : call.Client.Audit.ListAsync(filter, page.Cursor, token);
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
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                await using var lines = await call.Client.Audit.ExportAsync(
                    call.Value(from),
                    call.Value(to),
                    cancellationToken
                );
                await call.WriteAsync(lines, call.Value(outFile), cancellationToken);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Keys(Shell shell)
    {
        var verb = new Verb(
            "keys",
            "Write the public keys that sign the log, as a JWK set to keep elsewhere",
            "schedulezero audit keys > audit-keys.json"
        );
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                call.Printer.Json(
                    new AuditKeySet(await call.Client.Audit.KeysAsync(cancellationToken)),
                    RestJson.Default.AuditKeySet
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
    }
}
