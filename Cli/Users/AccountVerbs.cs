using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Users;

/// <summary>
/// <c>schedulezero account …</c>: users change their own password, authenticator app and user sessions.
/// </summary>
internal static class AccountVerbs
{
    public static Command Create(Shell shell) =>
        new Verb("account", "Your own password, authenticator app and sessions")
        {
            Password(shell),
            Totp(shell),
            Sessions(shell),
        };

    private static Verb Password(Shell shell)
    {
        var fromInput = Passwords.FromInput("the old password, and on a second line the new one,");
        var verb = new Verb(
            "password",
            "Change your password; every session ends, and this one begins anew",
            "schedulezero account password"
        )
        {
            fromInput,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                await new SessionFile(call.Terminal).RequireWritableAsync(cancellationToken);
                var old = await Passwords.AskAsync(call, fromInput, "Old password: ", cancellationToken);
                var next = call.Value(fromInput)
                    ? await Passwords.AskAsync(call, fromInput, "", cancellationToken)
                    : Passwords.AskNew(call.Terminal);
                var tokens = await call.Client.Auth.ChangePasswordAsync(
                    new PasswordChange { CurrentPassword = old, NewPassword = next },
                    cancellationToken
                );
                await new SessionFile(call.Terminal).SaveAsync(call.Client.Options.Server, tokens, cancellationToken);
                call.Printer.Note("The password has been changed; every other session has ended.");
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Totp(Shell shell) =>
        new("totp", "A code of an authenticator app besides the password")
        {
            BeginTotp(shell),
            ConfirmTotp(shell),
            RemoveTotp(shell),
        };

    private static Verb BeginTotp(Shell shell)
    {
        var fromInput = Passwords.FromInput();
        return CommonVerbs.Ask(
            shell,
            new Verb("begin", "Get the secret for the app", "schedulezero account totp begin") { fromInput },
            async (call, token) =>
            {
                var password = await Passwords.AskAsync(call, fromInput, "Password: ", token);
                return await call.Client.Auth.BeginTotpAsync(new PasswordProof { Password = password }, token);
            },
            Print
        );
    }

    private static void Print(Call call, TotpSecret secret) =>
        call.Printer.Answer(
            secret,
            RestJson.Default.TotpSecret,
            shown =>
            {
                call.Printer.Details(("secret", shown.Secret), ("uri", shown.Uri));
                call.Printer.Note("Put it into the app, then: schedulezero account totp confirm CODE");
            }
        );

    private static Verb ConfirmTotp(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb(
                "confirm",
                "Show that the app works; from then on its codes are asked for",
                "schedulezero account totp confirm 123456"
            ),
            new Argument<string>("CODE") { Description = "The six digits that the app shows" },
            (call, code, token) => call.Client.Auth.ConfirmTotpAsync(new TotpProof { Code = code }, token),
            Print
        );

    private static void Print(Call call, RecoveryCodes codes) =>
        call.Printer.Answer(
            codes,
            RestJson.Default.RecoveryCodes,
            shown =>
            {
                foreach (var code in shown.Codes)
                {
                    call.Printer.Line(code);
                }

                call.Printer.Note(
                    "Keep these recovery codes now: each is good once in place of a code, and they are not shown again."
                );
            }
        );

    private static Verb RemoveTotp(Shell shell)
    {
        var fromInput = Passwords.FromInput();
        var verb = new Verb("remove", "Do without the app", "schedulezero account totp remove") { fromInput };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var password = await Passwords.AskAsync(call, fromInput, "Password: ", cancellationToken);
                await call.Client.Auth.RemoveTotpAsync(new PasswordProof { Password = password }, cancellationToken);
                call.Printer.Note("No code is asked for any more.");
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb Sessions(Shell shell) =>
        UserSessions.ListOrEnd(
            shell,
            new Verb(
                "sessions",
                "List your sessions, or end one",
                "schedulezero account sessions",
                "schedulezero account sessions --end 0198…"
            ),
            (call, token) => call.Client.Auth.SessionsAsync(token),
            (call, id, token) => call.Client.Auth.EndSessionAsync(id, token)
        );
}
