using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Users;

/// <summary><c>schedulezero account …</c>: what users change of themselves.</summary>
internal static class AccountVerbs
{
    private static readonly IReadOnlyList<Column<UserSessionView>> SessionColumns =
    [
        new("ID", session => session.Id),
        new("CURRENT", session => session.Current ? "yes" : null),
        new("BEGAN AT", session => PlainText.Instant(session.CreatedAt), Fit.Lesser),
        new("LAST USED AT", session => PlainText.Instant(session.LastUsedAt)),
        new("ENDS AT", session => PlainText.Instant(session.ExpiresAt), Fit.Lesser),
        new("FROM", session => session.Address),
        new("WITH", session => session.UserAgent, Fit.Prose),
    ];

    public static Command Create(Shell shell) =>
        new Verb("account", "Your own password, authenticator app and sessions")
        {
            Password(shell),
            Totp(shell),
            Sessions(shell),
        };

    /// <summary>Prints the sessions of a user, as a table or JSON.</summary>
    public static int Print(Call call, Page<UserSessionView> sessions)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(sessions, RestJson.Default.PageUserSessionView);
        }
        else
        {
            call.Printer.Table(SessionColumns, sessions.Items);
        }

        return ExitCodes.Ok;
    }

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
                await new SessionFile(call.Terminal).PutAsync(
                    call.Client.Options.Server,
                    SavedSession.From(tokens, call.Terminal.Time.GetUtcNow()),
                    cancellationToken
                );
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
        var verb = new Verb("begin", "Get the secret for the app", "schedulezero account totp begin") { fromInput };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var password = await Passwords.AskAsync(call, fromInput, "Password: ", cancellationToken);
                var secret = await call.Client.Auth.BeginTotpAsync(
                    new PasswordProof { Password = password },
                    cancellationToken
                );
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(secret, RestJson.Default.TotpSecret);
                    return ExitCodes.Ok;
                }

                call.Printer.Details(("secret", secret.Secret), ("uri", secret.Uri));
                call.Printer.Note("Put it into the app, then: schedulezero account totp confirm CODE");
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static Verb ConfirmTotp(Shell shell)
    {
        var code = new Argument<string>("CODE") { Description = "The six digits that the app shows" };
        var verb = new Verb(
            "confirm",
            "Show that the app works; from then on its codes are asked for",
            "schedulezero account totp confirm 123456"
        )
        {
            code,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var codes = await call.Client.Auth.ConfirmTotpAsync(
                    new TotpProof { Code = call.Value(code) },
                    cancellationToken
                );
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(codes, RestJson.Default.RecoveryCodes);
                    return ExitCodes.Ok;
                }

                foreach (var recovery in codes.Codes)
                {
                    call.Printer.Line(recovery);
                }

                call.Printer.Note(
                    "Keep these recovery codes now: each is good once in place of a code, and they are not shown again."
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

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

    private static Verb Sessions(Shell shell)
    {
        var end = Values.Text("--end", "End this one", "ID");
        var verb = new Verb(
            "sessions",
            "List your sessions, or end one",
            "schedulezero account sessions",
            "schedulezero account sessions --end 0198…"
        )
        {
            end,
        };
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                if (call.Value(end) is not { } id)
                {
                    return Print(call, await call.Client.Auth.SessionsAsync(cancellationToken));
                }

                await call.Client.Auth.EndSessionAsync(id, cancellationToken);
                call.Printer.Note($"Ended session {id}");
                return ExitCodes.Ok;
            }
        );
        return verb;
    }
}
