using System.CommandLine;
using System.Text.Json;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Users;

/// <summary><c>schedulezero roles …</c>.</summary>
internal static class RolesVerbs
{
    private static readonly IReadOnlyList<Column<RoleView>> Columns =
    [
        new("ROLE", role => role.Name),
        new("BUILT IN", role => role.BuiltIn ? "yes" : null, Fit.Lesser),
        new("MAY", role => string.Join("; ", role.Rules.Select(RoleText.Rule)), Fit.Prose),
        new("FROM", role => PlainText.List(role.Addresses), Fit.Prose),
    ];

    public static Command Create(Shell shell) =>
        new Verb("roles", "Sets of permissions, for users and keys")
        {
            Save(
                shell,
                "create",
                "Make a role",
                [
                    "schedulezero roles create reporter --permission jobs:run --permission jobs:read --only "
                        + "'reports.*'",
                    "schedulezero roles create shop --file shop.json",
                ],
                (call, role, cancellationToken) => call.Client.Roles.CreateAsync(role, cancellationToken)
            ),
            Save(
                shell,
                "put",
                "Replace a role; it holds at once for everybody who has it",
                ["schedulezero roles put reporter --permission 'jobs:*' --only 'reports.*' --only 'mail.*'"],
                (call, role, cancellationToken) => call.Client.Roles.PutAsync(role, null, cancellationToken)
            ),
            List(shell),
            Get(shell),
            Delete(shell),
        };

    private static Argument<string> Name() => new("ROLE") { Description = "The role's name" };

    private static Verb Save(
        Shell shell,
        string word,
        string description,
        string[] examples,
        Func<Call, RoleRequest, CancellationToken, Task<RoleView>> save
    )
    {
        var options = new RoleOptions();
        var verb = new Verb(word, description, examples);
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) => await save(call, await options.ReadAsync(call, token), token),
            Print
        );
    }

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List roles, the built-in ones among them", "schedulezero roles list"),
            (call, page, token) => call.Client.Roles.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageRoleView,
            Columns
        );

    private static Verb Get(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("get", "Show a role", "schedulezero roles get operator"),
            Name(),
            (call, name, token) => call.Client.Roles.GetAsync(name, token),
            Print
        );

    private static Verb Delete(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb("delete", "Delete a role that nobody has", "schedulezero roles delete reporter"),
            Name(),
            (call, name, token) => call.Client.Roles.DeleteAsync(name, token),
            name => $"Deleted role {name}"
        );

    private static void Print(Call call, RoleView role) =>
        call.Printer.Answer(
            role,
            RestJson.Default.RoleView,
            shown =>
                [
                    ("role", shown.Name),
                    ("description", shown.Description),
                    .. shown.Rules.Select(rule => ("may", (string?)RoleText.Rule(rule))),
                    ("from", PlainText.List(shown.Addresses)),
                    ("created at", PlainText.Instant(shown.CreatedAt)),
                    ("created by", shown.CreatedBy),
                ]
        );

    /// <summary>A role as an argument and options.</summary>
    private sealed class RoleOptions
    {
        private readonly Argument<string> _name = Name();
        private readonly Option<string[]> _permissions = Values.Many(
            "--permission",
            "What it allows, such as jobs:read, 'jobs:*' or '*'",
            "PERMISSION"
        );
        private readonly Option<string[]> _only = Values.Many(
            "--only",
            "Methods, schedules and handlers that it is limited to, such as 'reports.*' [default: all]",
            "PATTERN"
        );
        private readonly Option<string[]> _addresses = Values.Many(
            "--address",
            "Where its holders may come from, such as 10.0.0.0/8 [default: anywhere]",
            "RANGE"
        );
        private readonly Option<string?> _description = Values.Text("--description", "What it is for", "TEXT");
        private readonly Option<string?> _file = Values.Text(
            "--file",
            "The rules as JSON, for a role that has several: [{\"permissions\":[…],\"names\":[…]}]",
            "FILE"
        );

        public void AddTo(Command verb)
        {
            verb.Add(_name);
            verb.Add(_permissions);
            verb.Add(_only);
            verb.Add(_addresses);
            verb.Add(_description);
            verb.Add(_file);
        }

        public async Task<RoleRequest> ReadAsync(Call call, CancellationToken cancellationToken) =>
            new()
            {
                Name = call.Value(_name),
                Description = call.Value(_description),
                Rules = await ReadRulesAsync(
                    call.Value(_file),
                    call.Value(_permissions)!,
                    call.Value(_only)!,
                    cancellationToken
                ),
                Addresses = Values.GivenOrNull(call.Value(_addresses)),
            };

        private static async Task<IReadOnlyList<RoleRule>> ReadRulesAsync(
            string? file,
            string[] permissions,
            string[] only,
            CancellationToken cancellationToken
        )
        {
            if (file is null)
            {
                return permissions.Length > 0
                    ? [new RoleRule { Permissions = permissions, Names = Values.GivenOrNull(only) }]
                    : throw new UsageException("A role needs --permission, or --file with its rules.");
            }

            if (permissions.Length + only.Length > 0)
            {
                throw new UsageException("--file holds the rules; leave out --permission and --only.");
            }

            try
            {
                return JsonSerializer.Deserialize(
                        await File.ReadAllTextAsync(file, cancellationToken),
                        StrictJson.Of(RestJson.Default.IReadOnlyListRoleRule)
                    ) ?? throw new JsonException("it holds null");
            }
            catch (JsonException e)
            {
                throw new UsageException(
                    $"{file} holds no rules such as [{{\"permissions\":[\"jobs:read\"],\"names\":[\"reports."
                        + $"*\"]}}]: {e.Message}"
                );
            }
        }
    }
}
