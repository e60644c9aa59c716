using ScheduleZero.Contracts;

namespace ScheduleZero.Edges.Tls;

/// <summary>The flags of a certificate by ACME as texts; null for one that was not given.</summary>
public sealed record TlsAcmeFlags
{
    /// <summary>How many values each flag takes; -1 for one or more.</summary>
    private static readonly Dictionary<string, int> Counts = new(StringComparer.Ordinal)
    {
        ["--acme"] = -1,
        ["--acme-directory"] = 1,
        ["--acme-email"] = 1,
        ["--acme-agree-terms"] = 0,
        ["--acme-eab-key-id"] = 1,
        ["--acme-eab-key-file"] = 1,
        ["--acme-folder"] = 1,
        ["--acme-challenge"] = 1,
        ["--acme-ca-file"] = 1,
    };

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

    /// <summary>The flags that a server's own program knows, and these.</summary>
    public static IReadOnlyDictionary<string, int> And(IReadOnlyDictionary<string, int> known) =>
        known.Concat(Counts).ToDictionary(StringComparer.Ordinal);

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
