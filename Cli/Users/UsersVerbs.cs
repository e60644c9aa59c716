using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Users;

/// <summary><c>schedulezero users …</c>.</summary>
internal static class UsersVerbs
{
    private static readonly IReadOnlyList<Column<UserView>> Columns =
    [
        new("USER", user => user.UserName),
        new("ROLES", user => RoleText.Grants(user.Roles), Fit.Prose),
        new("STATE", StateOf),
        new("TWO FACTORS", user => user.TwoFactor ? "yes" : null, Fit.Lesser),
        new("CREATED AT", user => PlainText.Instant(user.CreatedAt), Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        new Verb("users", "People who sign in, and what they may do")
        {
            New(shell),
            List(shell),
            Get(shell),
            Set(shell),
            ResetPassword(shell),
            Sessions(shell),
            Delete(shell),
        };

    private static Argument<string> Name() => new("USER") { Description = "The user's name" };

    private static Option<string[]> RoleOption() =>
        Values.Many(
            "--role",
            "A role, on a namespace or on * for everywhere [default: on that of --namespace]",
            "ROLE[@NAMESPACE]"
        );

    private static Verb New(Shell shell)
    {
        var (name, roles, fromInput) = (Name(), RoleOption(), Passwords.FromInput());
        var keeps = new Option<bool>("--keep-password")
        {
            Description = "Do not ask for another password at the first sign-in",
        };
        var requests = Values.Number<int>(
            "--requests-per-minute",
            "How often the user may call REST [default: the Broker's]"
        );
        var verb = new Verb(
            "create",
            "Make a user; a password is made too, and shown only this once",
            "schedulezero users create ana --role operator@default",
            "schedulezero users create ben --role admin@* --password-stdin < password.txt"
        )
        {
            name,
            roles,
            fromInput,
            keeps,
            requests,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var created = await call.Client.Users.CreateAsync(
                    new UserRequest
                    {
                        UserName = call.Value(name),
                        Password = call.Value(fromInput)
                            ? await Passwords.AskAsync(call, fromInput, "", cancellationToken)
                            : null,
                        Roles = RoleText.ParseGrants(call.Value(roles)!, call.Client.Options.Namespace),
                        MustChangePassword = call.Value(keeps) ? false : null,
                        RequestsPerMinute = call.Value(requests),
                    },
                    cancellationToken
                );
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(created, RestJson.Default.UserCreated);
                    return ExitCodes.Ok;
                }

                call.Printer.Details([.. Rows(created), ("password", created.Password)]);
                if (created.Password is not null)
                {
                    call.Printer.Note(
                        "Give the password to the user now: it is not shown again. It must be changed at the "
                            + "first sign-in."
                    );
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List users", "schedulezero users list"),
            (call, page, token) => call.Client.Users.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageUserView,
            Columns
        );

    private static Verb Get(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("get", "Show a user", "schedulezero users get ana"),
            Name(),
            (call, name, token) => call.Client.Users.GetAsync(name, token),
            Print
        );

    private static Verb Set(Shell shell)
    {
        var (name, roles) = (Name(), RoleOption());
        var noRoles = new Option<bool>("--no-roles") { Description = "Take every role away" };
        var disable = new Option<bool>("--disable") { Description = "Keep the user out; every session ends" };
        var enable = new Option<bool>("--enable") { Description = "Let the user in again" };
        var unlock = new Option<bool>("--unlock") { Description = "End a lock-out after too many wrong passwords" };
        var noTotp = new Option<bool>("--no-totp")
        {
            Description = "Take the authenticator app away, for somebody who has lost it",
        };
        var requests = Values.Number<int>("--requests-per-minute", "How often the user may call REST");
        var verb = new Verb(
            "set",
            "Change a user; what is not given stays. Roles given replace those before, at once",
            "schedulezero users set ana --role viewer@default --role operator@shop",
            "schedulezero users set ben --disable"
        )
        {
            name,
            roles,
            noRoles,
            disable,
            enable,
            unlock,
            noTotp,
            requests,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                if (call.Value(disable) && call.Value(enable))
                {
                    throw new UsageException("--disable and --enable exclude each other.");
                }

                var given = RoleText.ParseGrants(call.Value(roles)!, call.Client.Options.Namespace);
                var patch = new UserPatch
                {
                    Roles = given.Count > 0 || call.Value(noRoles) ? given : null,
                    Disabled =
                        call.Value(disable) ? true
                        : call.Value(enable) ? false
                        : null,
                    Locked = call.Value(unlock) ? false : null,
                    TwoFactor = call.Value(noTotp) ? false : null,
                    RequestsPerMinute = call.Value(requests),
                };
                return Print(call, await call.Client.Users.PatchAsync(call.Value(name), patch, cancellationToken));
            }
        );
        return verb;
    }

    private static Verb ResetPassword(Shell shell)
    {
        var (name, fromInput) = (Name(), Passwords.FromInput());
        var verb = new Verb(
            "reset-password",
            "Give a user a new password, for choosing another; every session ends",
            "schedulezero users reset-password ana"
        )
        {
            name,
            fromInput,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var reset = new PasswordReset
                {
                    Password = call.Value(fromInput)
                        ? await Passwords.AskAsync(call, fromInput, "", cancellationToken)
                        : null,
                };
                var answer = await call.Client.Users.ResetPasswordAsync(call.Value(name), reset, cancellationToken);
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(answer, RestJson.Default.PasswordAnswer);
                }
                else if (answer.Password is { } password)
                {
                    call.Printer.Details(("password", password));
                    call.Printer.Note("Give it to the user now: it is not shown again.");
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Sessions(Shell shell)
    {
        var name = Name();
        var end = Values.Text("--end", "End this one", "ID");
        var verb = new Verb(
            "sessions",
            "List a user's sessions, or end one",
            "schedulezero users sessions ana",
            "schedulezero users sessions ana --end 0198…"
        )
        {
            name,
            end,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                if (call.Value(end) is not { } id)
                {
                    return AccountVerbs.Print(
                        call,
                        await call.Client.Users.SessionsAsync(call.Value(name), cancellationToken)
                    );
                }

                await call.Client.Users.EndSessionAsync(call.Value(name), id, cancellationToken);
                call.Printer.Note($"Ended session {id}");
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Delete(Shell shell) =>
        CommonVerbs.Delete(
            shell,
            new Verb(
                "delete",
                "Delete a user; every session ends. To keep the name from being given again, disable the user instead",
                "schedulezero users delete ana"
            ),
            Name(),
            (call, name, token) => call.Client.Users.DeleteAsync(name, token),
            name => $"Deleted user {name}"
        );

    private static int Print(Call call, UserView user)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(user, RestJson.Default.UserView);
        }
        else
        {
            call.Printer.Details(Rows(user));
        }

        return ExitCodes.Ok;
    }

    private static IEnumerable<(string Name, string? Value)> Rows(UserView user) =>
        [
            ("user", user.UserName),
            ("roles", RoleText.Grants(user.Roles)),
            ("state", StateOf(user)),
            ("two factors", user.TwoFactor ? "yes" : "no"),
            ("requests per minute", user.RequestsPerMinute?.ToString(CultureInfo.InvariantCulture)),
            ("created at", PlainText.Instant(user.CreatedAt)),
            ("created by", user.CreatedBy),
            ("password changed at", PlainText.Instant(user.PasswordChangedAt)),
        ];

    private static string StateOf(UserView user) =>
        user.Disabled ? "disabled"
        : user.LockedUntil is { } until ? $"locked out until {PlainText.Instant(until)}"
        : user.MustChangePassword ? "must change the password"
        : "active";
}
