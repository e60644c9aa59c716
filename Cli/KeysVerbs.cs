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

    private static Argument<string> IdArgument() =>
        new("ID") { Description = "The key's id: the 12 characters after szk_" };

    private static Verb New(Shell shell)
    {
        var options = new NewKeyOptions(shell.Terminal.Time);
        var verb = new Verb(
            "create",
            "Make a key; it is shown only this once",
            "schedulezero keys create handler office-7 --method 'reports.*' --address 203.0.113.0/24 --out "
                + "office-7.key",
            "schedulezero keys create service ci --role operator --expires-at +90d -o json | jq -r .key",
            "schedulezero keys create service shop --role operator --requests-per-minute 60000 --out shop.key",
            "schedulezero keys create bridge dmz-1 --out bridge.key"
        );
        options.AddTo(verb);
        return Make(
            shell,
            verb,
            Values.Text("--out", "Write the key to this file, readable by you only, in place of printing it", "FILE"),
            (call, token) => call.Client.Keys.CreateAsync(options.Read(call), token)
        );
    }

    private static Verb List(Shell shell)
    {
        var handler = Values.Text("--handler", "Only the keys of this handler", "NAME");
        return CommonVerbs.List(
            shell,
            new Verb(
                "list",
                "List keys, without their secrets",
                "schedulezero keys list",
                "schedulezero keys list --handler office-7"
            )
            {
                handler,
            },
            (call, page, token) =>
                call.Value(handler) is { } name
                    ? call.Client.Keys.ListOfHandlerAsync(name, page.Limit, page.Cursor, token)
                    : call.Client.Keys.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageKeyView,
            Columns
        );
    }

    private static Verb Change(Shell shell)
    {
        var options = new KeyPatchOptions();
        var verb = new Verb(
            "change",
            "Change what a key allows; holds at once, also for a handler at work",
            "schedulezero keys change 0123456789ab --method 'reports.*' --max-capacity 4",
            "schedulezero keys change 0123456789ab --requests-per-minute 6000"
        );
        options.AddTo(verb);
        return CommonVerbs.Act(
            shell,
            verb,
            IdArgument(),
            (call, id, token) => call.Client.Keys.ChangeAsync(id, options.Read(call), token),
            PrintChanged
        );
    }

    private static Verb Rotate(Shell shell)
    {
        var id = IdArgument();
        var overlap = Values.Duration("--overlap", "How long the old key stays good, up to 7d [default: 24h]");
        var verb = new Verb(
            "rotate",
            "Put a new key with the same rights in a key's place; the old one stays good for a while",
            "schedulezero keys rotate 0123456789ab --out office-7.key",
            "schedulezero keys rotate 0123456789ab --overlap 1h -o json | jq -r .key"
        )
        {
            id,
            overlap,
        };
        return Make(
            shell,
            verb,
            Values.Text(
                "--out",
                "Write the new key to this file, readable by you only, in place of printing it",
                "FILE"
            ),
            (call, token) => call.Client.Keys.RotateAsync(call.Value(id), call.Value(overlap), token)
        );
    }

    private static Verb Revoke(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb(
                "revoke",
                "End a key at once; its live connections are closed",
                "schedulezero keys revoke 0123456789ab"
            ),
            IdArgument(),
            (call, id, token) => call.Client.Keys.RevokeAsync(id, token),
            id => $"Revoked key {id}"
        );

    /// <summary>Makes of a verb one that makes a key, and shows the key only once: printed or in a file.</summary>
    /// <param name="outFile">Added to the verb; names the file for the key.</param>
    private static Verb Make(
        Shell shell,
        Verb verb,
        Option<string?> outFile,
        Func<Call, CancellationToken, Task<KeyCreated>> make
    )
    {
        verb.Add(outFile);
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                if (call.Value(outFile) is not { } file)
                {
                    Print(call, await make(call, cancellationToken));
                    return ExitCodes.Ok;
                }

                KeyFile.RequireWritable(file);
                return Write(call, await make(call, cancellationToken), file);
            }
        );
        return verb;
    }

    private static void Print(Call call, KeyCreated key) =>
        call.Printer.Answer(
            key,
            RestJson.Default.KeyCreated,
            shown =>
            {
                call.Printer.Details(Details(shown));
                call.Printer.Note("Keep the key now: it is not shown again.");
            }
        );

    private static IEnumerable<(string Name, string? Value)> Details(KeyCreated key) =>
        [
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
            ("key", key.Key),
        ];

    private static int Write(Call call, KeyCreated key, string file)
    {
        try
        {
            KeyFile.Write(file, key.Key + Environment.NewLine);
            call.Printer.Note($"Wrote key {key.Id} to {file}");
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file could be written a moment ago. The Broker has made the key, and nobody has seen it.
            call.Printer.Note($"error: Key {key.Id} is made, but could not be written to {file}: {e.Message}");
            call.Printer.Note($"End it, and make another: schedulezero keys revoke {key.Id}");
            return ExitCodes.Failed;
        }
    }

    private static void PrintChanged(Call call, KeyView key)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(key, RestJson.Default.KeyView);
        }

        call.Printer.Note($"Changed key {key.Id}");
    }

    /// <summary>The arguments and options of <c>keys create</c>.</summary>
    private sealed class NewKeyOptions(TimeProvider time)
    {
        private readonly Argument<string> _kind = KindArgument();
        private readonly Argument<string> _name = new("NAME")
        {
            Description = "The handler's name; or what a service or bridge key is for",
        };
        private readonly Option<string[]> _roles = Values.Many(
            "--role",
            "service: admin, operator, viewer, or one of your own",
            "ROLE"
        );
        private readonly Option<string[]> _methods = Values.Many(
            "--method",
            "handler: a method it may offer, such as 'reports.*' [default: all]",
            "PATTERN"
        );
        private readonly Option<string[]> _groups = Values.Many(
            "--group",
            "handler: a group it may join [default: none]",
            "PATTERN"
        );
        private readonly Option<string[]> _addresses = Values.Many(
            "--address",
            "service and handler: where it may be used from, such as 10.0.0.0/8 [default: anywhere]",
            "RANGE"
        );
        private readonly Option<int?> _capacity = Values.Number<int>(
            "--max-capacity",
            "handler: attempts that it may hold at once, whatever it asks for"
        );
        private readonly Option<int?> _requests = Values.Number<int>(
            "--requests-per-minute",
            "service: how often it may call REST [default: the Broker's]",
            "N"
        );
        private readonly Option<DateTimeOffset?> _expiresAt = Values.Instant(
            "--expires-at",
            "Useless from then on",
            time
        );

        public void AddTo(Command verb)
        {
            verb.Add(_kind);
            verb.Add(_name);
            verb.Add(_roles);
            verb.Add(_methods);
            verb.Add(_groups);
            verb.Add(_addresses);
            verb.Add(_capacity);
            verb.Add(_requests);
            verb.Add(_expiresAt);
        }

        public KeyRequest Read(Call call)
        {
            var kind = Enum.Parse<KeyKind>(call.Value(_kind), ignoreCase: true);
            var isForHandler = kind == KeyKind.Handler;
            return new KeyRequest
            {
                Kind = kind,
                Handler = isForHandler ? call.Value(_name) : null,
                Name = isForHandler ? null : call.Value(_name),
                Roles = Values.GivenOrNull(call.Value(_roles)),
                Methods = Values.GivenOrNull(call.Value(_methods)),
                Groups = Values.GivenOrNull(call.Value(_groups)),
                Addresses = Values.GivenOrNull(call.Value(_addresses)),
                MaxCapacity = call.Value(_capacity),
                RequestsPerMinute = call.Value(_requests),
                ExpiresAt = call.Value(_expiresAt),
            };
        }

        private static Argument<string> KindArgument()
        {
            var kind = new Argument<string>("KIND") { Description = "service, handler or bridge" };
            kind.AcceptOnlyFromAmong("service", "handler", "bridge");
            return kind;
        }
    }

    /// <summary>The options of <c>keys change</c>.</summary>
    private sealed class KeyPatchOptions
    {
        private readonly Option<string[]> _methods = Values.Many(
            "--method",
            "A method it may offer; '*' for all [default: as it is]",
            "PATTERN"
        );
        private readonly Option<string[]> _groups = Values.Many(
            "--group",
            "A group it may join [default: as it is]",
            "PATTERN"
        );
        private readonly Option<string[]> _addresses = Values.Many(
            "--address",
            "Where it may be used from; 0.0.0.0/0 and ::/0 for anywhere [default: as it is]",
            "RANGE"
        );
        private readonly Option<int?> _capacity = Values.Number<int>(
            "--max-capacity",
            "Attempts that it may hold at once [default: as it is]"
        );
        private readonly Option<int?> _requests = Values.Number<int>(
            "--requests-per-minute",
            "service: how often it may call REST [default: as it is]",
            "N"
        );

        public void AddTo(Command verb)
        {
            verb.Add(_methods);
            verb.Add(_groups);
            verb.Add(_addresses);
            verb.Add(_capacity);
            verb.Add(_requests);
        }

        public KeyPatch Read(Call call) =>
            new()
            {
                Methods = Values.GivenOrNull(call.Value(_methods)),
                Groups = Values.GivenOrNull(call.Value(_groups)),
                Addresses = Values.GivenOrNull(call.Value(_addresses)),
                MaxCapacity = call.Value(_capacity),
                RequestsPerMinute = call.Value(_requests),
            };
    }
}
