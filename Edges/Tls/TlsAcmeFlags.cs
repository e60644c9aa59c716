using ScheduleZero.Contracts;

namespace ScheduleZero.Edges.Tls;

/// <summary>The flags of a certificate by ACME as texts; null for one that was not given.</summary>
public sealed record TlsAcmeFlags
{
    public static TlsAcmeFlags None { get; } = new();

    /// <summary>The names of the certificate.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>The address of the CA's directory.</summary>
    public string? Directory { get; init; }

    public string? Email { get; init; }

    public bool AgreeTerms { get; init; }

    public string? ExternalKeyId { get; init; }

    public string? ExternalKeyFile { get; init; }

    public string? Folder { get; init; }

    public string? Challenge { get; init; }

    /// <summary>A file with the authorities of the directory's own certificate.</summary>
    public string? CaFile { get; init; }

    /// <summary>The options of a certificate by ACME.</summary>
    /// <param name="prefix">What the names of the server's variables begin with, such as <c>SCHEDULEZERO_</c>.</param>
    /// <param name="folder">The folder that is taken when none is given, in words.</param>
    public static IReadOnlyList<ServerOption> OptionsOf(string prefix, string folder) =>
        [
            new(
                "--acme",
                $"{prefix}ACME",
                "has a CA issue the certificate for these names, and renews it; the CA checks the names at "
                    + "--redirect-http, or else at the https URL itself"
            )
            {
                ValueName = "NAME",
                IsList = true,
            },
            new("--acme-directory", $"{prefix}ACME_DIRECTORY", "the CA's directory")
            {
                ValueName = "URL",
                Default = "that of Let's Encrypt",
            },
            new("--acme-email", $"{prefix}ACME_EMAIL", "where the CA may write to")
            {
                ValueName = "ADDRESS",
                Default = "nowhere",
            },
            new("--acme-agree-terms", $"{prefix}ACME_AGREE_TERMS", "agrees to the CA's terms of service")
            {
                FlagValue = "yes",
            },
            new("--acme-eab-key-id", $"{prefix}ACME_EAB_KEY_ID", "the id of the key of an account at the CA's web site")
            {
                ValueName = "ID",
            },
            new("--acme-eab-key-file", $"{prefix}ACME_EAB_KEY_FILE", "a file with that key in base64url")
            {
                ValueName = "FILE",
            },
            new("--acme-folder", $"{prefix}ACME_FOLDER", "where the account's key and the certificate are stored")
            {
                ValueName = "DIR",
                Default = folder,
            },
            new("--acme-challenge", $"{prefix}ACME_CHALLENGE", "how the CA checks the names: http-01 or tls-alpn-01")
            {
                ValueName = "KIND",
                Default = "http-01 with --redirect-http, tls-alpn-01 without",
            },
            new(
                "--acme-ca-file",
                $"{prefix}ACME_CA_FILE",
                "authorities that the directory's own certificate must lead to"
            )
            {
                ValueName = "FILE",
                Default = "the machine's",
            },
        ];

    /// <summary>Takes the flags of a server's own program.</summary>
    public static TlsAcmeFlags Of(CommandFlags flags) =>
        new()
        {
            Names = flags.Values("--acme"),
            Directory = flags.Value("--acme-directory"),
            Email = flags.Value("--acme-email"),
            AgreeTerms = flags.Has("--acme-agree-terms"),
            ExternalKeyId = flags.Value("--acme-eab-key-id"),
            ExternalKeyFile = flags.Value("--acme-eab-key-file"),
            Folder = flags.Value("--acme-folder"),
            Challenge = flags.Value("--acme-challenge"),
            CaFile = flags.Value("--acme-ca-file"),
        };

    /// <summary>The settings: each from its flag, or else from its variable.</summary>
    /// <param name="environment">Looks up a variable; null or empty when the variable is not set.</param>
    /// <param name="prefix">What the names of the server's variables begin with, such as <c>SCHEDULEZERO_</c>.</param>
    /// <param name="folder">The folder that is taken when none is given.</param>
    public TlsAcmeSettings ToSettings(Func<string, string?> environment, string prefix, string folder)
    {
        return new TlsAcmeSettings
        {
            Names = Names ?? CommandFlags.Split(environment($"{prefix}ACME")) ?? [],
            Directory = Text(Directory, "DIRECTORY") ?? TlsAcmeSettings.DirectoryDefault,
            Email = Text(Email, "EMAIL"),
            AgreesToTerms = AgreeTerms || IsYes(Text(null, "AGREE_TERMS")),
            ExternalKeyId = Text(ExternalKeyId, "EAB_KEY_ID"),
            ExternalKeyFile = Text(ExternalKeyFile, "EAB_KEY_FILE"),
            Folder = Text(Folder, "FOLDER") ?? folder,
            Challenge = Text(Challenge, "CHALLENGE"),
            CaFile = Text(CaFile, "CA_FILE"),
        };

        string? Text(string? flag, string variable) =>
            SettingText.NullIfEmpty(flag ?? environment($"{prefix}ACME_{variable}"));
    }

    /// <summary>Nothing else agrees to anything.</summary>
    private static bool IsYes(string? text) =>
        text is not null && (text.Equals("yes", StringComparison.OrdinalIgnoreCase) || text == "true" || text == "1");
}
