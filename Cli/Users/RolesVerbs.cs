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
        var name = Name();
        var permissions = Values.Many(
            "--permission",
            "What it allows, such as jobs:read, 'jobs:*' or '*'",
            "PERMISSION"
        );
        var only = Values.Many(
            "--only",
            "Methods, schedules and handlers that it is limited to, such as 'reports.*' [default: all]",
            "PATTERN"
        );
        var addresses = Values.Many(
            "--address",
            "Where its holders may come from, such as 10.0.0.0/8 [default: anywhere]",
            "RANGE"
        );
        var text = Values.Text("--description", "What it is for", "TEXT");
        var file = Values.Text(
            "--file",
            "The rules as JSON, for a role that has several: [{\"permissions\":[…],\"names\":[…]}]",
            "FILE"
        );
        var verb = new Verb(word, description, examples) { name, permissions, only, addresses, text, file };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var role = new RoleRequest
                {
                    Name = call.Value(name),
                    Description = call.Value(text),
                    Rules = await RulesAsync(
                        call.Value(file),
                        call.Value(permissions)!,
                        call.Value(only)!,
                        cancellationToken
                    ),
                    Addresses = Values.GivenOrNull(call.Value(addresses)),
                };
                return Print(call, await save(call, role, cancellationToken));
            }
        );
        return verb;
    }

    private static async Task<IReadOnlyList<RoleRule>> RulesAsync(
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

    private static int Print(Call call, RoleView role)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(role, RestJson.Default.RoleView);
            return ExitCodes.Ok;
        }

        call.Printer.Details([
            ("role", role.Name),
            ("description", role.Description),
            .. role.Rules.Select(rule => ("may", (string?)RoleText.Rule(rule))),
            ("from", PlainText.List(role.Addresses)),
            ("created at", PlainText.Instant(role.CreatedAt)),
            ("created by", role.CreatedBy),
        ]);
        return ExitCodes.Ok;
    }
}
