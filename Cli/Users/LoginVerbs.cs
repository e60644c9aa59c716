using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Users;

/// <summary><c>schedulezero login</c>, <c>logout</c> and <c>whoami</c>.</summary>
internal static class LoginVerbs
{
    public static Verb Login(Shell shell)
    {
        var user = new Argument<string>("USER") { Description = "The user's name" };
        var code = Values.Text(
            "--code",
            "Six digits of the authenticator app, or a recovery code; asked for when needed",
            "CODE"
        );
        var fromInput = Passwords.FromInput();
        var verb = new Verb(
            "login",
            "Sign in: later commands to this server act as this user, for a day or until logout",
            "schedulezero login ana",
            "schedulezero login ana --code 123456 --password-stdin < password.txt"
        )
        {
            user,
            code,
            fromInput,
        };
        shell.ConnectAnonymously(
            verb,
            async (call, cancellationToken) =>
            {
                await new SessionFile(call.Terminal).RequireWritableAsync(cancellationToken);
                var password = await Passwords.AskAsync(
                    call,
                    fromInput,
                    $"Password of {call.Value(user)}: ",
                    cancellationToken
                );
                var tokens = await LoginAsync(call, call.Value(user), password, call.Value(code), cancellationToken);
                if (tokens.MustChangePassword == true && !call.Value(fromInput))
                {
                    call.Printer.Note("This password was given to you; choose your own now.");
                    tokens = await ChangeAsync(
                        call,
                        tokens,
                        password,
                        Passwords.AskNew(call.Terminal),
                        cancellationToken
                    );
                }

                await new SessionFile(call.Terminal).PutAsync(
                    call.Client.Options.Server,
                    SavedSession.From(tokens, call.Terminal.Time.GetUtcNow()),
                    cancellationToken
                );
                call.Printer.Note(
                    tokens.MustChangePassword == true
                        ? "Signed in, but this password must be changed first: schedulezero account password"
                        : $"Signed in as {call.Value(user)} until {PlainText.Instant(tokens.SessionExpiresAt)}"
                );
                NoteWhatWins(
                    ConnectionSettings.SourceBeforeSession(call.Parsed, shell.Options, call.Terminal),
                    call.Printer
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    public static Verb Logout(Shell shell)
    {
        var verb = new Verb("logout", "End the session that login began", "schedulezero logout");
        shell.RunLocally(
            verb,
            async (parsed, cancellationToken) =>
            {
                var settings = ConnectionSettings.ResolveAnonymous(parsed, shell.Options, shell.Terminal);
                var printer = new Printer(shell.Terminal, OutputFormat.Table);
                var file = new SessionFile(shell.Terminal);
                if (file.Find(settings.Server) is null)
                {
                    printer.Note("Nobody has signed in here.");
                    return ExitCodes.Ok;
                }

                try
                {
                    var session = await ConnectionSettings.FindSessionAsync(
                        settings,
                        shell.Terminal,
                        cancellationToken
                    );
                    if (session is not null)
                    {
                        using var client = (settings with { AccessToken = session.AccessToken }).Connect();
                        await client.Auth.LogoutAsync(cancellationToken);
                    }
                }
                catch (ScheduleZeroException e) when (e.Status == System.Net.HttpStatusCode.Unauthorized)
                {
                    // Ended already.
                }

                await file.PutAsync(settings.Server, null, cancellationToken);
                printer.Note("Signed out");
                NoteWhatWins(ConnectionSettings.SourceBeforeSession(parsed, shell.Options, shell.Terminal), printer);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    public static Verb WhoAmI(Shell shell)
    {
        var verb = new Verb(
            "whoami",
            "Show who commands act as, what says so, and with which roles",
            "schedulezero whoami",
            "schedulezero whoami --profile prod"
        );
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                var me = await call.Client.Auth.MeAsync(cancellationToken);
                if (call.Printer.IsJson)
                {
                    call.Printer.Json(me, RestJson.Default.MeView);
                    return ExitCodes.Ok;
                }

                call.Printer.Details(
                    ("name", me.Name),
                    ("acts by", call.Settings.CredentialSource),
                    (
                        "server",
                        $"{call.Client.Options.Server.GetLeftPart(UriPartial.Authority)} ({call.Settings.ServerSource})"
                    ),
                    ("namespace", $"{call.Settings.Namespace} ({call.Settings.NamespaceSource})"),
                    ("roles", RoleText.Grants(me.Roles)),
                    ("two factors", me.TwoFactor is { } two ? (two ? "yes" : "no") : null),
                    ("requests per minute", me.RequestsPerMinute?.ToString(CultureInfo.InvariantCulture)),
                    ("until", PlainText.Instant(me.ExpiresAt)),
                    (
                        "note",
                        me.MustChangePassword == true
                            ? "the password must be changed first: schedulezero account password"
                            : null
                    )
                );
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static void NoteWhatWins(string? source, Printer printer)
    {
        if (source is not null)
        {
            printer.Note(
                $"note: {source} gives an API key, and commands act by that key, not by a session, "
                    + "for as long as it does"
            );
        }
    }

    /// <summary>Changes the password of a session that is not saved yet.</summary>
    private static async Task<TokenAnswer> ChangeAsync(
        Call call,
        TokenAnswer tokens,
        string old,
        string next,
        CancellationToken cancellationToken
    )
    {
        using var client = new ScheduleZeroClient(call.Client.Options with { AccessToken = tokens.AccessToken });
        return await client.Auth.ChangePasswordAsync(
            new PasswordChange { CurrentPassword = old, NewPassword = next },
            cancellationToken
        );
    }

    private static async Task<TokenAnswer> LoginAsync(
        Call call,
        string user,
        string password,
        string? code,
        CancellationToken cancellationToken
    )
    {
        var request = new LoginRequest
        {
            UserName = user,
            Password = password,
            Totp = code,
        };
        try
        {
            return await call.Client.Auth.LoginAsync(request, cancellationToken);
        }
        catch (ScheduleZeroException e)
            when (code is null
                && e.Problem?.Errors?.ContainsKey("totp") == true
                && call.Terminal.AskSecret("Code of the authenticator app: ") is { Length: > 0 } typed
            )
        {
            return await call.Client.Auth.LoginAsync(request with { Totp = typed.Trim() }, cancellationToken);
        }
    }
}
