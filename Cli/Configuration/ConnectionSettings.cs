using System.CommandLine;
using ScheduleZero.Certificates;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Configuration;

/// <summary>
/// The address of the Broker, the credential of the caller and the namespace, each with the source that gave it. Each
/// comes from the first source that has it: a flag, the profile that --profile names, the environment, for the
/// credential the user session that <c>login</c> began, the profile in use, a default.
/// </summary>
internal sealed record ConnectionSettings
{
    public const string ServerVariable = "SCHEDULEZERO_SERVER";
    public const string ApiKeyVariable = "SCHEDULEZERO_API_KEY";
    public const string NamespaceVariable = "SCHEDULEZERO_NAMESPACE";

    /// <summary>The order of sources, as the help says it.</summary>
    public const string Order = """
        Server, namespace and credential are each taken from the first of these that gives one: flags; the profile
        that --profile names; the environment (SCHEDULEZERO_SERVER, SCHEDULEZERO_API_KEY, SCHEDULEZERO_NAMESPACE);
        the session begun with `login`; the profile in use (`profiles use`); defaults. `whoami` shows what is in force.
        """;

    private const string ByDefault = "by default";
    private const string SessionSource = "the session that `login` began";

    public required Uri Server { get; init; }

    /// <summary>What gave the server's address, in words for people.</summary>
    public required string ServerSource { get; init; }

    public required string Namespace { get; init; }

    /// <summary>What gave the namespace, in words for people.</summary>
    public required string NamespaceSource { get; init; }

    /// <summary>The API key that is used; null when a user session is used, or no credential at all.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The user session that is used; null when there is none.</summary>
    public string? AccessToken { get; init; }

    /// <summary>The authorities whose servers are trusted, and the certificate that is shown to servers.</summary>
    public required ClientTlsFiles Tls { get; init; }

    /// <summary>What gave the credential, in words for people; null for a caller that shows none.</summary>
    public string? CredentialSource { get; init; }

    /// <summary>Resolves the settings with a credential; refreshes the user session if need be.</summary>
    /// <exception cref="UsageException">A source makes no sense, or none gives a credential.</exception>
    public static async Task<ConnectionSettings> ResolveAsync(
        ParseResult parsed,
        GlobalOptions options,
        Terminal terminal,
        CancellationToken cancellationToken
    )
    {
        var settings = ResolveAnonymous(parsed, options, terminal);
        WarnIfPlain(settings.Server, terminal);
        if (FindExplicitKey(parsed, options, terminal) is { } found)
        {
            var key = found.Read();
            NoteIfSessionIsShadowed(found.Source, key, settings.Server, terminal);
            return settings with { ApiKey = key, CredentialSource = found.Source };
        }

        if (await FindSessionAsync(settings, terminal, cancellationToken) is { } session)
        {
            return settings with { AccessToken = session.AccessToken, CredentialSource = SessionSource };
        }

        var set = ProfileFile.Locate(terminal).Load();
        return set.InUse is { } profile && KeyOf(profile, terminal) is { } saved
            ? settings with
            {
                ApiKey = saved(),
                CredentialSource = $"profile {set.Current}, which is in use",
            }
            : throw new UsageException(
                "Nobody has signed in here, and there is no API key. Sign in with `schedulezero login USER`, or give a "
                    + $"key with --api-key-file FILE, {ApiKeyVariable} or a profile (`schedulezero profiles "
                    + "set --help`). "
                    + "The Broker printed an admin key at its first start."
            );
    }

    /// <summary>
    /// Finds the user session with the settings' server, refreshed if need be; null when there is none, or it has
    /// ended.
    /// </summary>
    public static Task<SavedSession?> FindSessionAsync(
        ConnectionSettings settings,
        Terminal terminal,
        CancellationToken cancellationToken
    ) =>
        new SessionFile(terminal).FreshAsync(
            settings.Server,
            text => RefreshAsync(settings, text, cancellationToken),
            cancellationToken
        );

    /// <summary>Resolves the settings without a credential, as for signing in.</summary>
    /// <exception cref="UsageException">A source makes no sense.</exception>
    public static ConnectionSettings ResolveAnonymous(ParseResult parsed, GlobalOptions options, Terminal terminal)
    {
        var set = ProfileFile.Locate(terminal).Load();
        var name = parsed.GetValue(options.Profile);
        // The profile that --profile names counts before the environment, the profile in use after it.
        var named = name is null ? null : set.Require(name);
        var inUse = name is null ? set.InUse : null;
        var (server, serverSource) = First(
            (parsed.GetValue(options.Server), "--server"),
            (named?.Server, $"profile {name}"),
            (terminal.Setting(ServerVariable), ServerVariable),
            (inUse?.Server, $"profile {set.Current}, which is in use"),
            ("http://127.0.0.1:8888", ByDefault)
        );
        var (scope, scopeSource) = First(
            (parsed.GetValue(options.Namespace), "--namespace"),
            (named?.Namespace, $"profile {name}"),
            (terminal.Setting(NamespaceVariable), NamespaceVariable),
            (inUse?.Namespace, $"profile {set.Current}, which is in use"),
            (Names.DefaultNamespace, ByDefault)
        );
        return new ConnectionSettings
        {
            Server = RequireAddress(server),
            ServerSource = serverSource,
            Namespace = RequireNamespace(scope),
            NamespaceSource = scopeSource,
            Tls = ClientTlsOptions.Read(parsed, terminal, named, inUse),
        };
    }

    /// <summary>
    /// Names the source of an API key that counts before a user session, for commands like this one; null when there is
    /// none.
    /// </summary>
    public static string? SourceBeforeSession(ParseResult parsed, GlobalOptions options, Terminal terminal) =>
        FindExplicitKey(parsed, options, terminal)?.Source;

    public ScheduleZeroClient Connect() =>
        new(
            new ScheduleZeroClientOptions
            {
                Server = Server,
                ApiKey = ApiKey,
                AccessToken = AccessToken,
                Namespace = Namespace,
                CertificateAuthorityFile = Tls.Authority,
                ClientCertificateFile = Tls.Certificate,
                ClientKeyFile = Tls.Key,
                ClientPasswordFile = Tls.Password,
            }
        );

    public static Uri RequireAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new Uri(text)
            : throw new UsageException($"'{text}' is no server address; it should begin with http:// or https://.");

    public static string RequireNamespace(string text) =>
        Names.IsNamespace(text)
            ? text
            : throw new UsageException(
                $"'{text}' is no namespace: lower-case letters, digits and dashes, beginning with a letter."
            );

    /// <summary>Warns if the server is another machine and the connection is not encrypted.</summary>
    public static void WarnIfPlain(Uri server, Terminal terminal)
    {
        if (server.Scheme != Uri.UriSchemeHttps && !server.IsLoopback)
        {
            terminal.Error.WriteLine(
                $"warning: {server.GetLeftPart(UriPartial.Authority)} is another machine, and the way there is "
                    + "not encrypted: whoever listens gets the credential"
            );
        }
    }

    /// <summary>Asks the server for the next tokens of a user session; null when the session has ended.</summary>
    private static async Task<TokenAnswer?> RefreshAsync(
        ConnectionSettings settings,
        string refreshToken,
        CancellationToken cancellationToken
    )
    {
        using var client = settings.Connect();
        try
        {
            return await client.Auth.RefreshAsync(
                new RefreshRequest { RefreshToken = refreshToken },
                cancellationToken
            );
        }
        catch (ScheduleZeroException e) when (e.Code == ErrorCodes.Unauthenticated)
        {
            return null;
        }
    }

    /// <summary>
    /// Finds the API key that is given for this command, with its source. Such a key counts before a user session; null
    /// when there is none.
    /// </summary>
    private static (string Source, Func<string> Read)? FindExplicitKey(
        ParseResult parsed,
        GlobalOptions options,
        Terminal terminal
    )
    {
        if (parsed.GetValue(options.ApiKeyFile) is { } file)
        {
            return ("--api-key-file", () => KeyFile.Read(file, terminal));
        }

        if (
            parsed.GetValue(options.Profile) is { } name
            && KeyOf(ProfileFile.Locate(terminal).Load().Require(name), terminal) is { } saved
        )
        {
            return ($"profile {name}", saved);
        }

        return terminal.Setting(ApiKeyVariable) is { } key
            ? (ApiKeyVariable, () => KeyFile.RequireKey(key, ApiKeyVariable))
            : null;
    }

    /// <summary>Makes the function that reads a profile's API key; null when the profile has none.</summary>
    private static Func<string>? KeyOf(Profile profile, Terminal terminal) =>
        profile switch
        {
            { ApiKeyFile: { } file } => () => KeyFile.Read(file, terminal),
            { ApiKey: { } key } => () => KeyFile.RequireKey(key, "The profile's apiKey"),
            _ => null,
        };

    // Only a key of the environment is noted: its variable may have been set long ago, while flags are seen by the
    // person who types them.
    private static void NoteIfSessionIsShadowed(string source, string key, Uri server, Terminal terminal)
    {
        if (
            source == ApiKeyVariable
            && new SessionFile(terminal).IsThere(server)
            && Contracts.ApiKey.TryParse(key, out var shown)
        )
        {
            terminal.Error.WriteLine(
                $"note: {ApiKeyVariable} is set, so this acts as key {shown.Id} and not as the user who signed in; "
                    + "unset it to use the session"
            );
        }
    }

    /// <summary>The first value that is not null, with its source. The last one must be a default.</summary>
    private static (string Value, string Source) First(params (string? Value, string Source)[] given)
    {
        foreach (var (value, source) in given)
        {
            if (value is not null)
            {
                return (value, source);
            }
        }

        throw new ArgumentException("The last one is a default.", nameof(given));
    }
}
