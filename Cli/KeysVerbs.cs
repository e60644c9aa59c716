using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero keys …</c>.</summary>
internal static class KeysVerbs
{
    private static readonly IReadOnlyList<Column<KeyView>> Columns =
    [
        new("ID", key => key.Id),
        new("KIND", key => PlainText.Word(key.Kind)),
        new("FOR", key => key.Handler ?? key.Name),
        new("PROOF", key => PlainText.Word(key.Proof), Fit.Lesser),
        new("MAY", key => PlainText.List(key.Roles) ?? PlainText.List(key.Methods), Fit.Prose),
        new("CREATED AT", key => PlainText.Instant(key.CreatedAt), Fit.Lesser),
        new("EXPIRES AT", key => PlainText.Instant(key.ExpiresAt), Fit.Lesser),
        new(
            "REVOKED AT",
            key =>
                key.RevokedReason is { } reason
                    ? $"{PlainText.Instant(key.RevokedAt)} ({reason})"
                    : PlainText.Instant(key.RevokedAt)
        ),
    ];

    public static Command Create(Shell shell) =>
        new Verb("keys", "API keys of producers, handlers and bridges")
        {
            New(shell),
            List(shell),
            Change(shell),
            Rotate(shell),
            Revoke(shell),
        };

    private static Verb New(Shell shell)
    {
        var kind = new Argument<string>("KIND") { Description = "service, handler or bridge" };
        kind.AcceptOnlyFromAmong("service", "handler", "bridge");
        var name = new Argument<string>("NAME")
        {
            Description = "The handler's name; or what a service or bridge key is for",
        };
        var roles = Values.Many("--role", "service: admin, operator, viewer, or one of your own", "ROLE");
        var methods = Values.Many(
            "--method",
            "handler: a method it may offer, such as 'reports.*' [default: all]",
            "PATTERN"
        );
        var groups = Values.Many("--group", "handler: a group it may join [default: none]", "PATTERN");
        var addresses = Values.Many(
            "--address",
            "service and handler: where it may be used from, such as 10.0.0.0/8 [default: anywhere]",
            "RANGE"
        );
        var capacity = Values.Number<int>(
            "--max-capacity",
            "handler: attempts that it may hold at once, whatever it asks for"
        );
        var requests = Values.Number<int>(
            "--requests-per-minute",
            "service: how often it may call REST [default: the Broker's]",
            "N"
        );
        var expiresAt = Values.Instant("--expires-at", "Useless from then on", shell.Terminal.Time);
        var outFile = Values.Text(
            "--out",
            "Write the key to this file, readable by you only, in place of printing it",
            "FILE"
        );
        var verb = new Verb(
            "create",
            "Make a key; it is shown only this once",
            "schedulezero keys create handler office-7 --method 'reports.*' --address 203.0.113.0/24 --out "
                + "office-7.key",
            "schedulezero keys create service ci --role operator --expires-at +90d -o json | jq -r .key",
            "schedulezero keys create service shop --role operator --requests-per-minute 60000 --out shop.key",
            "schedulezero keys create bridge dmz-1 --out bridge.key"
        )
        {
            kind,
            name,
            roles,
            methods,
            groups,
            addresses,
            capacity,
            requests,
            expiresAt,
            outFile,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                RequireWritable(call.Value(outFile));
                var keyKind = Enum.Parse<KeyKind>(call.Value(kind), ignoreCase: true);
                var forHandler = keyKind == KeyKind.Handler;
                var request = new KeyRequest
                {
                    Kind = keyKind,
                    Handler = forHandler ? call.Value(name) : null,
                    Name = forHandler ? null : call.Value(name),
                    Roles = Values.GivenOrNull(call.Value(roles)),
                    Methods = Values.GivenOrNull(call.Value(methods)),
                    Groups = Values.GivenOrNull(call.Value(groups)),
                    Addresses = Values.GivenOrNull(call.Value(addresses)),
                    MaxCapacity = call.Value(capacity),
                    RequestsPerMinute = call.Value(requests),
                    ExpiresAt = call.Value(expiresAt),
                };
                return Print(call, await call.Client.Keys.CreateAsync(request, cancellationToken), call.Value(outFile));
            }
        );
        return verb;
    }

    private static void RequireWritable(string? outFile)
    {
        if (outFile is not null)
        {
            KeyFile.RequireWritable(outFile);
        }
    }

    private static int Print(Call call, KeyCreated key, string? outFile)
    {
        if (outFile is not null)
        {
            return Write(call, key, outFile);
        }

        if (call.Printer.IsJson)
        {
            call.Printer.Json(key, RestJson.Default.KeyCreated);
        }
        else
        {
            call.Printer.Details(
                ("id", key.Id),
                ("kind", PlainText.Word(key.Kind)),
                ("for", key.Handler ?? key.Name),
                ("roles", PlainText.List(key.Roles)),
                ("methods", PlainText.List(key.Methods)),
                ("groups", PlainText.List(key.Groups)),
                ("addresses", PlainText.List(key.Addresses)),
                ("max capacity", key.MaxCapacity?.ToString(CultureInfo.InvariantCulture)),
                ("requests per minute", key.RequestsPerMinute?.ToString(CultureInfo.InvariantCulture)),
                ("expires at", PlainText.Instant(key.ExpiresAt)),
                ("key", key.Key)
            );
            call.Printer.Note("Keep the key now: it is not shown again.");
        }

        return ExitCodes.Ok;
    }

    private static int Write(Call call, KeyCreated key, string outFile)
    {
        try
        {
            KeyFile.Write(outFile, key.Key + Environment.NewLine);
            call.Printer.Note($"Wrote key {key.Id} to {outFile}");
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It could be written a moment ago. The key is made, and nobody has seen it.
            call.Printer.Note($"error: Key {key.Id} is made, but could not be written to {outFile}: {e.Message}");
            call.Printer.Note($"End it, and make another: schedulezero keys revoke {key.Id}");
            return ExitCodes.Failed;
        }
    }

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List keys, without their secrets", "schedulezero keys list"),
            (call, page, token) => call.Client.Keys.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageKeyView,
            Columns
        );

    private static Verb Change(Shell shell)
    {
        var id = new Argument<string>("ID") { Description = "The key's id: the 12 characters after szk_" };
        var methods = Values.Many("--method", "A method it may offer; '*' for all [default: as it is]", "PATTERN");
        var groups = Values.Many("--group", "A group it may join [default: as it is]", "PATTERN");
        var addresses = Values.Many(
            "--address",
            "Where it may be used from; 0.0.0.0/0 and ::/0 for anywhere [default: as it is]",
            "RANGE"
        );
        var capacity = Values.Number<int>("--max-capacity", "Attempts that it may hold at once [default: as it is]");
        var requests = Values.Number<int>(
            "--requests-per-minute",
            "service: how often it may call REST [default: as it is]",
            "N"
        );
        var verb = new Verb(
            "change",
            "Change what a key allows; holds at once, also for a handler at work",
            "schedulezero keys change 0123456789ab --method 'reports.*' --max-capacity 4",
            "schedulezero keys change 0123456789ab --requests-per-minute 6000"
        )
        {
            id,
            methods,
            groups,
            addresses,
            capacity,
            requests,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var patch = new KeyPatch
                {
                    Methods = Values.GivenOrNull(call.Value(methods)),
                    Groups = Values.GivenOrNull(call.Value(groups)),
                    Addresses = Values.GivenOrNull(call.Value(addresses)),
                    MaxCapacity = call.Value(capacity),
                    RequestsPerMinute = call.Value(requests),
                };
                var changed = await call.Client.Keys.ChangeAsync(call.Value(id), patch, cancellationToken);
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(changed, RestJson.Default.KeyView);
                }

                call.Printer.Note($"Changed key {changed.Id}");
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Rotate(Shell shell)
    {
        var id = new Argument<string>("ID") { Description = "The key's id: the 12 characters after szk_" };
        var overlap = Values.Duration("--overlap", "How long the old key stays good, up to 7d [default: 24h]");
        var outFile = Values.Text(
            "--out",
            "Write the new key to this file, readable by you only, in place of printing it",
            "FILE"
        );
        var verb = new Verb(
            "rotate",
            "Put a new key with the same rights in a key's place; the old one stays good for a while",
            "schedulezero keys rotate 0123456789ab --out office-7.key",
            "schedulezero keys rotate 0123456789ab --overlap 1h -o json | jq -r .key"
        )
        {
            id,
            overlap,
            outFile,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                RequireWritable(call.Value(outFile));
                var key = await call.Client.Keys.RotateAsync(call.Value(id), call.Value(overlap), cancellationToken);
                return Print(call, key, call.Value(outFile));
            }
        );
        return verb;
    }

    private static Verb Revoke(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb(
                "revoke",
                "End a key at once; its live connections are closed",
                "schedulezero keys revoke 0123456789ab"
            ),
            new Argument<string>("ID") { Description = "The key's id: the 12 characters after szk_" },
            (call, name, token) => call.Client.Keys.RevokeAsync(name, token),
            name => $"Revoked key {name}"
        );
}
