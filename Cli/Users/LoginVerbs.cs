using System.CommandLine;
using System.Globalization;
using System.Net;
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
                var tokens = await LoginAsync(call, call.Value(user), call.Value(code), fromInput, cancellationToken);
                await new SessionFile(call.Terminal).SaveAsync(call.Client.Options.Server, tokens, cancellationToken);
                call.Printer.Note(
                    tokens.MustChangePassword == true
                        ? "Signed in, but this password must be changed first: schedulezero account password"
                        : $"Signed in as {call.Value(user)} until {PlainText.Instant(tokens.SessionExpiresAt)}"
                );
                NoteKeyInPlaceOfSession(call.Parsed, shell, call.Printer);
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

                await EndSessionAsync(settings, shell.Terminal, cancellationToken);
                await file.ForgetAsync(settings.Server, cancellationToken);
                printer.Note("Signed out");
                NoteKeyInPlaceOfSession(parsed, shell, printer);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    public static Verb WhoAmI(Shell shell) =>
        CommonVerbs.Ask(
            shell,
            new Verb(
                "whoami",
                "Show who commands act as, what says so, and with which roles",
                "schedulezero whoami",
                "schedulezero whoami --profile prod"
            ),
            (call, token) => call.Client.Auth.MeAsync(token),
            (call, me) => call.Printer.Answer(me, RestJson.Default.MeView, shown => Details(shown, call))
        );

    private static IEnumerable<(string Name, string? Value)> Details(MeView me, Call call) =>
        [
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
            ),
        ];

    /// <summary>Says that commands go on acting by an API key, where one counts before the user session.</summary>
    private static void NoteKeyInPlaceOfSession(ParseResult parsed, Shell shell, Printer printer)
    {
        if (ConnectionSettings.SourceBeforeSession(parsed, shell.Options, shell.Terminal) is { } source)
        {
            printer.Note(
                $"note: {source} gives an API key, and commands act by that key, not by a session, "
                    + "for as long as it does"
            );
        }
    }

    /// <summary>
    /// Asks for the password and signs in. A user who was given the password chooses another one at once, where
    /// somebody is there to type it.
    /// </summary>
    /// <param name="code">The code of the authenticator app; null to ask for it if the Broker wants one.</param>
    private static async Task<TokenAnswer> LoginAsync(
        Call call,
        string user,
        string? code,
        Option<bool> fromInput,
        CancellationToken cancellationToken
    )
    {
        var password = await Passwords.AskAsync(call, fromInput, $"Password of {user}: ", cancellationToken);
        var tokens = await SendLoginAsync(call, user, password, code, cancellationToken);
        if (tokens.MustChangePassword != true || call.Value(fromInput))
        {
            return tokens;
        }

        call.Printer.Note("This password was given to you; choose your own now.");
        var change = new PasswordChange { CurrentPassword = password, NewPassword = Passwords.AskNew(call.Terminal) };
        // The user session is not saved yet, so that the call's own client does not have its token.
        using var client = new ScheduleZeroClient(call.Client.Options with { AccessToken = tokens.AccessToken });
        return await client.Auth.ChangePasswordAsync(change, cancellationToken);
    }

    private static async Task<TokenAnswer> SendLoginAsync(
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

    /// <summary>Ends the user session with a server; does nothing if the Broker has ended it already.</summary>
    private static async Task EndSessionAsync(
        ConnectionSettings settings,
        Terminal terminal,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (await ConnectionSettings.FindSessionAsync(settings, terminal, cancellationToken) is { } session)
            {
                using var client = (settings with { AccessToken = session.AccessToken }).Connect();
                await client.Auth.LogoutAsync(cancellationToken);
            }
        }
        catch (ScheduleZeroException e) when (e.Status == HttpStatusCode.Unauthorized)
        {
            // The Broker knows the session no more, which is what the caller wants.
        }
    }
}
