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
        var options = new NewUserOptions();
        var verb = new Verb(
            "create",
            "Make a user; a password is made too, and shown only this once",
            "schedulezero users create ana --role operator@default",
            "schedulezero users create ben --role admin@* --password-stdin < password.txt"
        );
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            async (call, token) => await call.Client.Users.CreateAsync(await options.ReadAsync(call, token), token),
            Print
        );
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
        var options = new UserPatchOptions();
        var verb = new Verb(
            "set",
            "Change a user; what is not given stays. Roles given replace those before, at once",
            "schedulezero users set ana --role viewer@default --role operator@shop",
            "schedulezero users set ben --disable"
        );
        options.AddTo(verb);
        return CommonVerbs.Act(
            shell,
            verb,
            Name(),
            (call, name, token) => call.Client.Users.PatchAsync(name, options.Read(call), token),
            Print
        );
    }

    private static Verb ResetPassword(Shell shell)
    {
        var fromInput = Passwords.FromInput();
        var verb = new Verb(
            "reset-password",
            "Give a user a new password, for choosing another; every session ends",
            "schedulezero users reset-password ana"
        )
        {
            fromInput,
        };
        return CommonVerbs.Act(
            shell,
            verb,
            Name(),
            async (call, name, token) =>
            {
                var reset = new PasswordReset { Password = await Passwords.ReadAsync(call, fromInput, token) };
                return await call.Client.Users.ResetPasswordAsync(name, reset, token);
            },
            Print
        );
    }

    private static Verb Sessions(Shell shell)
    {
        var name = Name();
        var verb = new Verb(
            "sessions",
            "List a user's sessions, or end one",
            "schedulezero users sessions ana",
            "schedulezero users sessions ana --end 0198…"
        )
        {
            name,
        };
        return UserSessions.ListOrEnd(
            shell,
            verb,
            (call, token) => call.Client.Users.SessionsAsync(call.Value(name), token),
            (call, id, token) => call.Client.Users.EndSessionAsync(call.Value(name), id, token)
        );
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

    private static void Print(Call call, UserView user) =>
        call.Printer.Answer(user, RestJson.Default.UserView, Details);

    private static void Print(Call call, UserCreated user) =>
        call.Printer.Answer(
            user,
            RestJson.Default.UserCreated,
            shown =>
            {
                call.Printer.Details([.. Details(shown), ("password", shown.Password)]);
                if (shown.Password is not null)
                {
                    call.Printer.Note(
                        "Give the password to the user now: it is not shown again. It must be changed at the "
                            + "first sign-in."
                    );
                }
            }
        );

    private static void Print(Call call, PasswordAnswer answer) =>
        call.Printer.Answer(
            answer,
            RestJson.Default.PasswordAnswer,
            shown =>
            {
                if (shown.Password is { } password)
                {
                    call.Printer.Details(("password", password));
                    call.Printer.Note("Give it to the user now: it is not shown again.");
                }
            }
        );

    private static IEnumerable<(string Name, string? Value)> Details(UserView user) =>
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

    /// <summary>The argument and options of <c>users create</c>.</summary>
    private sealed class NewUserOptions
    {
        private readonly Argument<string> _name = Name();
        private readonly Option<string[]> _roles = RoleOption();
        private readonly Option<bool> _fromInput = Passwords.FromInput();
        private readonly Option<bool> _keepsPassword = new("--keep-password")
        {
            Description = "Do not ask for another password at the first sign-in",
        };
        private readonly Option<int?> _requests = Values.Number<int>(
            "--requests-per-minute",
            "How often the user may call REST [default: the Broker's]"
        );

        public void AddTo(Command verb)
        {
            verb.Add(_name);
            verb.Add(_roles);
            verb.Add(_fromInput);
            verb.Add(_keepsPassword);
            verb.Add(_requests);
        }

        public async Task<UserRequest> ReadAsync(Call call, CancellationToken cancellationToken) =>
            new()
            {
                UserName = call.Value(_name),
                Password = await Passwords.ReadAsync(call, _fromInput, cancellationToken),
                Roles = RoleText.ParseGrants(call.Value(_roles)!, call.Client.Options.Namespace),
                MustChangePassword = call.Value(_keepsPassword) ? false : null,
                RequestsPerMinute = call.Value(_requests),
            };
    }

    /// <summary>The options of <c>users set</c>.</summary>
    private sealed class UserPatchOptions
    {
        private readonly Option<string[]> _roles = RoleOption();
        private readonly Option<bool> _noRoles = new("--no-roles") { Description = "Take every role away" };
        private readonly Option<bool> _disable = new("--disable")
        {
            Description = "Keep the user out; every session ends",
        };
        private readonly Option<bool> _enable = new("--enable") { Description = "Let the user in again" };
        private readonly Option<bool> _unlock = new("--unlock")
        {
            Description = "End a lock-out after too many wrong passwords",
        };
        private readonly Option<bool> _noTotp = new("--no-totp")
        {
            Description = "Take the authenticator app away, for somebody who has lost it",
        };
        private readonly Option<int?> _requests = Values.Number<int>(
            "--requests-per-minute",
            "How often the user may call REST"
        );

        public void AddTo(Command verb)
        {
            verb.Add(_roles);
            verb.Add(_noRoles);
            verb.Add(_disable);
            verb.Add(_enable);
            verb.Add(_unlock);
            verb.Add(_noTotp);
            verb.Add(_requests);
        }

        /// <exception cref="UsageException">Two options exclude each other, or a role is no role.</exception>
        public UserPatch Read(Call call)
        {
            if (call.Value(_disable) && call.Value(_enable))
            {
                throw new UsageException("--disable and --enable exclude each other.");
            }

            var roles = RoleText.ParseGrants(call.Value(_roles)!, call.Client.Options.Namespace);
            return new UserPatch
            {
                Roles = roles.Count > 0 || call.Value(_noRoles) ? roles : null,
                Disabled =
                    call.Value(_disable) ? true
                    : call.Value(_enable) ? false
                    : null,
                Locked = call.Value(_unlock) ? false : null,
                TwoFactor = call.Value(_noTotp) ? false : null,
                RequestsPerMinute = call.Value(_requests),
            };
        }
    }
}
