using ScheduleZero.Contracts;

namespace ScheduleZero.Edges.Tls;

/// <summary>The flags of TLS as texts; null for one that was not given.</summary>
/// <param name="Certificate">Files with certificates: PEM, or PKCS#12 by the names .pfx and .p12.</param>
/// <param name="Key">Files with the keys of the PEM certificates, in their order.</param>
/// <param name="PasswordFile">A file with the password of the keys.</param>
/// <param name="RedirectHttp">The URL of a listener that sends callers on to https.</param>
public sealed record TlsFlags(
    IReadOnlyList<string>? Certificate,
    IReadOnlyList<string>? Key,
    string? PasswordFile,
    string? RedirectHttp
)
{
    public static TlsFlags None { get; } = new(null, null, null, null);

    public TlsAcmeFlags Acme { get; init; } = TlsAcmeFlags.None;

    /// <summary>The options of a server's https listeners.</summary>
    /// <param name="prefix">What the names of the server's variables begin with, such as <c>SCHEDULEZERO_</c>.</param>
    /// <param name="acmeFolder">The folder of certificates by ACME when none is given, in words.</param>
    public static IReadOnlyList<ServerOption> OptionsOf(string prefix, string acmeFolder) =>
        [
            new(
                "--tls-cert",
                $"{prefix}TLS_CERT",
                "certificates for https: PEM with the intermediates after the server's own, or .pfx; a client gets the "
                    + "one for the name that it asks for, or else the first"
            )
            {
                ValueName = "FILE",
                IsList = true,
            },
            new("--tls-key", $"{prefix}TLS_KEY", "the keys of the PEM certificates, in their order")
            {
                ValueName = "FILE",
                IsList = true,
            },
            new("--tls-password-file", $"{prefix}TLS_PASSWORD_FILE", "a file with the password of the keys")
            {
                ValueName = "FILE",
            },
            new("--redirect-http", $"{prefix}REDIRECT_HTTP", "listens there too, and sends callers on to https")
            {
                ValueName = "URL",
            },
            .. TlsAcmeFlags.OptionsOf(prefix, acmeFolder),
        ];

    /// <summary>Takes the flags of a server's command line.</summary>
    public static TlsFlags Of(CommandFlags flags) =>
        new(
            flags.Values("--tls-cert"),
            flags.Values("--tls-key"),
            flags.Value("--tls-password-file"),
            flags.Value("--redirect-http")
        )
        {
            Acme = TlsAcmeFlags.Of(flags),
        };

    /// <summary>The settings: each from its flag, or else from its variable.</summary>
    /// <param name="environment">Looks up a variable; null or empty when the variable is not set.</param>
    /// <param name="prefix">What the names of the server's variables begin with, such as <c>SCHEDULEZERO_</c>.</param>
    /// <param name="acmeFolder">The folder of certificates by ACME, when none is given.</param>
    public TlsSettings ToSettings(Func<string, string?> environment, string prefix, string acmeFolder) =>
        new()
        {
            CertificateFiles = Certificate ?? CommandFlags.Split(environment($"{prefix}TLS_CERT")) ?? [],
            KeyFiles = Key ?? CommandFlags.Split(environment($"{prefix}TLS_KEY")) ?? [],
            PasswordFile = SettingText.NullIfEmpty(PasswordFile ?? environment($"{prefix}TLS_PASSWORD_FILE")),
            RedirectUrl = SettingText.NullIfEmpty(RedirectHttp ?? environment($"{prefix}REDIRECT_HTTP")),
            Acme = Acme.ToSettings(environment, prefix, acmeFolder),
        };
}
