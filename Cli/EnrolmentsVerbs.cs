using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero enrolments …</c>.</summary>
internal static class EnrolmentsVerbs
{
    private static readonly IReadOnlyList<Column<EnrolmentView>> Columns =
    [
        new("ID", token => token.Id),
        new("FOR", token => token.Handler ?? token.Handlers),
        new("MAY", token => PlainText.List(token.Methods), Fit.Prose),
        new("CREATED BY", token => token.CreatedBy, Fit.Lesser),
        new("EXPIRES AT", token => PlainText.Instant(token.ExpiresAt)),
        new("USED AT", token => PlainText.Instant(token.UsedAt)),
        new("KEY", token => token.KeyId, Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        new Verb("enrolments", "Tokens with which agents make keys of their own")
        {
            New(shell),
            List(shell),
            Revoke(shell),
        };

    private static Verb New(Shell shell)
    {
        var handler = new Argument<string>("HANDLER")
        {
            Description = "The handler's name; or a pattern such as 'office-*', from which the agent chooses",
        };
        var methods = Values.Many("--method", "A method it may offer, such as 'reports.*' [default: all]", "PATTERN");
        var groups = Values.Many("--group", "A group it may join [default: none]", "PATTERN");
        var addresses = Values.Many("--address", "Where it may be, such as 10.0.0.0/8 [default: anywhere]", "RANGE");
        var capacity = Values.Number<int>("--max-capacity", "Attempts that it may hold at once, whatever it asks for");
        var expiresIn = Values.Duration("--expires-in", "How long the token is good, 1m to 1h [default: 15m]");
        var verb = new Verb(
            "create",
            "Make a token; it is shown only this once, is good once, and not for long",
            "schedulezero enrolments create office-7 --method 'reports.*' --address 203.0.113.0/24",
            "schedulezero enrolments create 'office-*' --expires-in 1h -o json | jq -r .token"
        )
        {
            handler,
            methods,
            groups,
            addresses,
            capacity,
            expiresIn,
        };
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) =>
            {
                var name = call.Value(handler);
                var isPattern = name.Contains('*', StringComparison.Ordinal);
                var request = new EnrolmentRequest
                {
                    Handler = isPattern ? null : name,
                    Handlers = isPattern ? name : null,
                    Methods = Values.GivenOrNull(call.Value(methods)),
                    Groups = Values.GivenOrNull(call.Value(groups)),
                    Addresses = Values.GivenOrNull(call.Value(addresses)),
                    MaxCapacity = call.Value(capacity),
                    ExpiresIn = call.Value(expiresIn),
                };
                return call.Client.Enrolments.CreateAsync(request, token);
            },
            Print
        );
    }

    private static void Print(Call call, EnrolmentCreated enrolment) =>
        call.Printer.Answer(
            enrolment,
            RestJson.Default.EnrolmentCreated,
            shown =>
            {
                call.Printer.Details(Details(shown));
                call.Printer.Note(
                    "Run that line on the handler's machine, with your Bridge's address. The token is not shown again."
                );
            }
        );

    private static IEnumerable<(string Name, string? Value)> Details(EnrolmentCreated enrolment) =>
        [
            ("id", enrolment.Id),
            ("for", enrolment.Handler ?? enrolment.Handlers),
            ("methods", PlainText.List(enrolment.Methods)),
            ("groups", PlainText.List(enrolment.Groups)),
            ("addresses", PlainText.List(enrolment.Addresses)),
            ("max capacity", enrolment.MaxCapacity?.ToString(CultureInfo.InvariantCulture)),
            ("expires at", PlainText.Instant(enrolment.ExpiresAt)),
            ("key ends at", enrolment.KeyExpiresAt is { } end ? PlainText.Instant(end) : null),
            ("token", enrolment.Token),
            ("run", enrolment.Command),
        ];

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List tokens that have not expired, used ones too", "schedulezero enrolments list"),
            (call, page, token) => call.Client.Enrolments.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageEnrolmentView,
            Columns
        );

    private static Verb Revoke(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb(
                "revoke",
                "Take a token back; a key that was made with it stays",
                "schedulezero enrolments revoke 0123456789ab"
            ),
            new Argument<string>("ID") { Description = "The token's id: the 12 characters after sze_" },
            (call, name, token) => call.Client.Enrolments.RevokeAsync(name, token),
            name => $"Took enrolment token {name} back"
        );
}
