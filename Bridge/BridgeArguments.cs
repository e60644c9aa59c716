using ScheduleZero.Contracts;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Bridge;

/// <summary>Reads the Bridge's settings from flags and environment. Flags win.</summary>
public static class BridgeArguments
{
    public const string UrlsVariable = "SCHEDULEZERO_BRIDGE_URLS";
    public const string BrokerVariable = "SCHEDULEZERO_BRIDGE_BROKER";
    public const string KeyVariable = "SCHEDULEZERO_BRIDGE_KEY";
    public const string NameVariable = "SCHEDULEZERO_BRIDGE_NAME";
    public const string TrustedProxiesVariable = "SCHEDULEZERO_BRIDGE_TRUSTED_PROXIES";
    public const string AllowFromVariable = "SCHEDULEZERO_BRIDGE_ALLOW_FROM";
    public const string ConnectionsVariable = "SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_MINUTE";
    public const string ConnectionsPerAddressVariable = "SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_ADDRESS";
    public const string ClientAuthorityVariable = "SCHEDULEZERO_BRIDGE_CLIENT_CA";
    public const string MatchNamesVariable = "SCHEDULEZERO_BRIDGE_MATCH_CLIENT_NAMES";
    public const string RefusedHellosVariable = "SCHEDULEZERO_BRIDGE_REFUSED_HELLOS_PER_MINUTE";

    public const string Usage = """
        Usage: bridge [--urls URL…] [--broker ENDPOINT…] [--key FILE] [--name NAME]

          --urls URL…          where handlers connect, https://… with --tls-cert or --acme (SCHEDULEZERO_BRIDGE_URLS); http://127.0.0.1:8890
          --tls-cert FILE…     certificates for https: PEM with the intermediates after the server's own, or .pfx; a client gets the one
                               for the name that it asks for, or else the first (SCHEDULEZERO_BRIDGE_TLS_CERT)
          --tls-key FILE…      the keys of the PEM certificates, in their order (SCHEDULEZERO_BRIDGE_TLS_KEY)
          --tls-password-file FILE
                               the password of the keys (SCHEDULEZERO_BRIDGE_TLS_PASSWORD_FILE)
          --redirect-http URL  listens there too, and sends callers on to https (SCHEDULEZERO_BRIDGE_REDIRECT_HTTP)
          --acme NAME…         has a CA issue the certificate for these names, and renews it (SCHEDULEZERO_BRIDGE_ACME); the CA checks the names
                               at --redirect-http, or else at the https URL itself
          --acme-directory URL the CA's directory (SCHEDULEZERO_BRIDGE_ACME_DIRECTORY); that of Let's Encrypt
          --acme-email ADDRESS where the CA may write to (SCHEDULEZERO_BRIDGE_ACME_EMAIL); nowhere
          --acme-agree-terms   agrees to the CA's terms of service (SCHEDULEZERO_BRIDGE_ACME_AGREE_TERMS=yes)
          --acme-eab-key-id ID, --acme-eab-key-file FILE
                               the key of an account at the CA's web site: its id, and a file with it in base64url
                               (SCHEDULEZERO_BRIDGE_ACME_EAB_KEY_ID, SCHEDULEZERO_BRIDGE_ACME_EAB_KEY_FILE)
          --acme-folder DIR    where the account's key and the certificate are stored (SCHEDULEZERO_BRIDGE_ACME_FOLDER); schedulezero-bridge/acme in
                               the platform's data folder
          --acme-challenge KIND
                               http-01 or tls-alpn-01 (SCHEDULEZERO_BRIDGE_ACME_CHALLENGE); http-01 with --redirect-http, tls-alpn-01 without
          --acme-ca-file FILE  authorities that the directory's own certificate must lead to (SCHEDULEZERO_BRIDGE_ACME_CA_FILE); the machine's
          --client-ca FILE     handlers must show a certificate of these authorities (SCHEDULEZERO_BRIDGE_CLIENT_CA)
          --match-client-names the certificate must name the handler: a URI spiffe://…/NAMESPACE/HANDLER, or CN=NAMESPACE/HANDLER
                               (SCHEDULEZERO_BRIDGE_MATCH_CLIENT_NAMES=true)
          --broker ENDPOINT…   the Broker: tcp://… dials it, @tcp://… waits for it to dial (SCHEDULEZERO_BRIDGE_BROKER); tcp://127.0.0.1:4242
          --key FILE           a file with the bridge's key, in place of SCHEDULEZERO_BRIDGE_KEY, which holds the key itself
          --name NAME          what the Broker calls this Bridge (SCHEDULEZERO_BRIDGE_NAME); the machine's name
          --trusted-proxies RANGE…
                               proxies that are believed about where handlers connect from, by X-Forwarded-For (SCHEDULEZERO_BRIDGE_TRUSTED_PROXIES); none
          --allow-from RANGE…  addresses that may connect, also where the Bridge waits for its Broker (SCHEDULEZERO_BRIDGE_ALLOW_FROM); all
          --connections-per-minute N
                               new connections of each address (SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_MINUTE); 6000
          --connections-per-address N
                               connections that one address may hold at once (SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_ADDRESS); 5000
          --refused-hellos-per-minute N
                               wrong Hellos of an address before it is kept out for that minute (SCHEDULEZERO_BRIDGE_REFUSED_HELLOS_PER_MINUTE); 10
          --curve-key FILE…    files with the key pair of this Bridge, the current one first: the links to the Broker are then CURVE (SCHEDULEZERO_CURVE_KEY)
          --curve-server KEY…  the public key of the Broker that is dialled, or a file that holds it (SCHEDULEZERO_CURVE_SERVER)
          --curve-allow FILE   the public keys of Brokers that may dial this Bridge, or `any` (SCHEDULEZERO_CURVE_ALLOW)
          --insecure-allow-remote-plaintext
                               let keys and jobs cross the network unencrypted
        """;

    /// <summary>The options of the Bridge's https listeners.</summary>
    public static IReadOnlyList<ServerOption> TlsOptions { get; } =
        TlsFlags.OptionsOf("SCHEDULEZERO_BRIDGE_", "schedulezero-bridge/acme in the platform's data folder");

    /// <summary>How many values each flag takes; −1 for one or more.</summary>
    private static readonly Dictionary<string, int> Known = new Dictionary<string, int>
    {
        ["--urls"] = -1,
        ["--client-ca"] = 1,
        ["--match-client-names"] = 0,
        ["--broker"] = -1,
        ["--key"] = 1,
        ["--name"] = 1,
        ["--trusted-proxies"] = -1,
        ["--allow-from"] = -1,
        ["--connections-per-minute"] = 1,
        ["--connections-per-address"] = 1,
        ["--refused-hellos-per-minute"] = 1,
        [EdgeFlags.Insecure] = 0,
    }
        .Concat(
            TlsOptions.Concat(CurveFlags.Options).Select(option => KeyValuePair.Create(option.Name, option.ValueCount))
        )
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>
    /// The folder of certificates by ACME when none is given. It is not the Broker's, which may run on the same
    /// machine.
    /// </summary>
    private static string AcmeFolderDefault =>
        Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "schedulezero-bridge",
            "acme"
        );

    /// <summary>Reads the settings of a Bridge.</summary>
    /// <param name="environment">Looks up a variable; null or empty when it is not set.</param>
    /// <exception cref="BridgeSettingsException">A flag is unknown, lacks its value, or names a file that cannot be
    /// read.</exception>
    public static BridgeSettings Read(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        CommandFlags flags;
        try
        {
            flags = new CommandFlags(arguments, Known);
        }
        catch (FormatException e)
        {
            throw new BridgeSettingsException($"{e.Message}{Environment.NewLine}{Usage}");
        }

        return From(
            flags.Values("--urls"),
            flags.Values("--broker"),
            flags.Value("--key"),
            flags.Value("--name"),
            flags.Has(EdgeFlags.Insecure),
            flags.Value("--connections-per-minute"),
            flags.Value("--refused-hellos-per-minute"),
            new EdgeFlags(
                flags.Values("--trusted-proxies"),
                flags.Values("--allow-from"),
                flags.Value("--connections-per-address")
            ),
            CurveFlags.Of(flags),
            TlsFlags.Of(flags),
            flags.Value("--client-ca"),
            flags.Has("--match-client-names"),
            environment
        );
    }

    /// <summary>Makes settings of flags that another reader has read; null for a flag that was not given.</summary>
    /// <exception cref="BridgeSettingsException">The key's file cannot be read, or a number is none.</exception>
    public static BridgeSettings From(
        IReadOnlyList<string>? urls,
        IReadOnlyList<string>? brokers,
        string? keyFile,
        string? name,
        bool allowInsecureRemote,
        string? connectionsPerMinute,
        string? refusedHellosPerMinute,
        EdgeFlags edge,
        CurveFlags curve,
        TlsFlags tls,
        string? clientAuthorityFile,
        bool matchClientNames,
        Func<string, string?> environment
    )
    {
        var defaults = new BridgeSettings();
        return new BridgeSettings
        {
            Urls = urls ?? CommandFlags.Split(environment(UrlsVariable)) ?? defaults.Urls,
            Brokers = brokers ?? CommandFlags.Split(environment(BrokerVariable)) ?? defaults.Brokers,
            Key = (keyFile is null ? environment(KeyVariable) : ReadKey(keyFile))?.Trim() ?? "",
            Name = name ?? SettingText.NullIfEmpty(environment(NameVariable)) ?? defaults.Name,
            TrustedProxies =
                edge.TrustedProxies
                ?? CommandFlags.Split(environment(TrustedProxiesVariable))
                ?? defaults.TrustedProxies,
            AllowFrom = edge.AllowFrom ?? CommandFlags.Split(environment(AllowFromVariable)) ?? defaults.AllowFrom,
            AllowInsecureRemote = allowInsecureRemote,
            Curve = curve.ToSettings(environment),
            Tls = tls.ToSettings(environment, "SCHEDULEZERO_BRIDGE_", AcmeFolderDefault) with
            {
                ClientAuthorityFile = SettingText.NullIfEmpty(
                    clientAuthorityFile ?? environment(ClientAuthorityVariable)
                ),
            },
            MatchClientNames = matchClientNames || IsTrue(environment(MatchNamesVariable)),
            Limits = LimitsFrom(connectionsPerMinute, edge.ConnectionsPerAddress, refusedHellosPerMinute, environment),
        };
    }

    private static BridgeLimits LimitsFrom(
        string? connectionsPerMinute,
        string? connectionsPerAddress,
        string? refusedHellosPerMinute,
        Func<string, string?> environment
    )
    {
        var defaults = new BridgeLimits();
        return defaults with
        {
            ConnectionsPerMinute =
                Number(connectionsPerMinute ?? environment(ConnectionsVariable)) ?? defaults.ConnectionsPerMinute,
            ConnectionsPerAddress =
                Number(connectionsPerAddress ?? environment(ConnectionsPerAddressVariable))
                ?? defaults.ConnectionsPerAddress,
            RefusedHellosPerMinute =
                Number(refusedHellosPerMinute ?? environment(RefusedHellosVariable)) ?? defaults.RefusedHellosPerMinute,
        };
    }

    private static string ReadKey(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BridgeSettingsException($"The key file '{file}' cannot be read: {e.Message}");
        }
    }

    private static bool IsTrue(string? text) =>
        SettingText.NullIfEmpty(text) switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw new BridgeSettingsException($"{MatchNamesVariable} is true or false, not '{text}'."),
        };

    private static int? Number(string? text) =>
        SettingText.WholeNumber(text, message => new BridgeSettingsException(message));
}
