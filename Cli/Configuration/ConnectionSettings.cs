using System.CommandLine;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Configuration;

/// <summary>Where to call, as whom, in which namespace: flags over environment over a session over the profile over defaults, each on its own.</summary>
/// <param name="ApiKey">Null when a session is used, or nothing at all.</param>
internal sealed record ConnectionSettings(Uri Server, string? ApiKey, string? AccessToken, string Namespace)
{
    public const string ServerVariable = "SCHEDULEZERO_SERVER";
    public const string ApiKeyVariable = "SCHEDULEZERO_API_KEY";
    public const string NamespaceVariable = "SCHEDULEZERO_NAMESPACE";

    public static async Task<ConnectionSettings> ResolveAsync(ParseResult parsed, GlobalOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        var settings = ResolveAnonymous(parsed, options, terminal);
        WarnIfPlain(settings.Server, terminal);
        if (FindExplicitKey(parsed, options, terminal) is { } key)
        {
            return settings with { ApiKey = key };
        }

        return await FindSessionAsync(settings, terminal, cancellationToken) is { } session
            ? settings with { AccessToken = session.AccessToken }
            : settings with { ApiKey = FindProfileKey(parsed, options, terminal) };
    }

    /// <summary>The session that was begun with this server, refreshed if need be; null when there is none, or it has ended.</summary>
    public static Task<SavedSession?> FindSessionAsync(ConnectionSettings settings, Terminal terminal, CancellationToken cancellationToken) =>
        new SessionFile(terminal).FreshAsync(settings.Server, text => RefreshAsync(settings, text, cancellationToken), cancellationToken);

    /// <summary>Without a credential, for signing in.</summary>
    public static ConnectionSettings ResolveAnonymous(ParseResult parsed, GlobalOptions options, Terminal terminal)
    {
        var profile = ProfileFile.Locate(terminal).Load().Choose(parsed.GetValue(options.Profile));
        var server = parsed.GetValue(options.Server) ?? terminal.Setting(ServerVariable) ?? profile?.Server ?? "http://127.0.0.1:8888";
        var scope = parsed.GetValue(options.Namespace) ?? terminal.Setting(NamespaceVariable) ?? profile?.Namespace ?? Names.DefaultNamespace;
        return new ConnectionSettings(RequireAddress(server), null, null, RequireNamespace(scope));
    }

    public ScheduleZeroClient Connect() => new(new ScheduleZeroClientOptions { Server = Server, ApiKey = ApiKey, AccessToken = AccessToken, Namespace = Namespace });

    public static Uri RequireAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new Uri(text)
            : throw new UsageException($"'{text}' is no server address; it should begin with http:// or https://.");

    public static string RequireNamespace(string text) => Names.IsNamespace(text)
        ? text
        : throw new UsageException($"'{text}' is no namespace: lower-case letters, digits and dashes, beginning with a letter.");

    /// <summary>Keys and passwords that cross a network in the clear are anybody's.</summary>
    public static void WarnIfPlain(Uri server, Terminal terminal)
    {
        if (server.Scheme != Uri.UriSchemeHttps && !server.IsLoopback)
        {
            terminal.Error.WriteLine($"warning: {server.GetLeftPart(UriPartial.Authority)} is another machine, and the way there is not encrypted: whoever listens gets the credential");
        }
    }

    // Null when the session has ended: then it is as if nobody had signed in.
    private static async Task<TokenAnswer?> RefreshAsync(ConnectionSettings settings, string refreshToken, CancellationToken cancellationToken)
    {
        using var client = settings.Connect();
        try
        {
            return await client.Auth.RefreshAsync(new RefreshRequest { RefreshToken = refreshToken }, cancellationToken);
        }
        catch (ScheduleZeroException e) when (e.Code == ErrorCodes.Unauthenticated)
        {
            return null;
        }
    }

    private static string? FindExplicitKey(ParseResult parsed, GlobalOptions options, Terminal terminal) =>
        parsed.GetValue(options.ApiKeyFile) is { } file
            ? KeyFile.Read(file, terminal)
            : terminal.Setting(ApiKeyVariable) is { } key
                ? KeyFile.RequireKey(key, ApiKeyVariable)
                : null;

    private static string FindProfileKey(ParseResult parsed, GlobalOptions options, Terminal terminal)
    {
        var profile = ProfileFile.Locate(terminal).Load().Choose(parsed.GetValue(options.Profile));
        if (profile?.ApiKeyFile is { } saved)
        {
            return KeyFile.Read(saved, terminal);
        }

        return profile?.ApiKey is { } inline
            ? KeyFile.RequireKey(inline, "The profile's apiKey")
            : throw new UsageException(
                $"Nobody has signed in here, and there is no API key. Sign in with `schedulezero login USER`, or give a key with --api-key-file FILE, "
                + $"{ApiKeyVariable} or a profile (`schedulezero profiles set --help`). The Broker printed an admin key at its first start.");
    }
}
