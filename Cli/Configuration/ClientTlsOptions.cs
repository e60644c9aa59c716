using System.CommandLine;
using ScheduleZero.Certificates;

namespace ScheduleZero.Cli.Configuration;

/// <summary>
/// The options by which commands say whose servers they trust, and which certificate they show. There is none that
/// switches the check of a server's certificate off.
/// </summary>
internal sealed class ClientTlsOptions
{
    private const string AuthorityName = "--ca";
    private const string CertificateName = "--client-cert";
    private const string KeyName = "--client-key";
    private const string PasswordName = "--client-password-file";
    private const string AuthorityVariable = "SCHEDULEZERO_CA";
    private const string CertificateVariable = "SCHEDULEZERO_CLIENT_CERT";
    private const string KeyVariable = "SCHEDULEZERO_CLIENT_KEY";
    private const string PasswordVariable = "SCHEDULEZERO_CLIENT_PASSWORD_FILE";

    private readonly Option<string?>[] _all =
    [
        Recursive(
            AuthorityName,
            $"PEM file of authorities to trust in place of the machine's own ({AuthorityVariable})"
        ),
        Recursive(CertificateName, $"Your certificate for https, if asked for: PEM, or .pfx ({CertificateVariable})"),
        Recursive(KeyName, $"The key of a PEM certificate, unless it is in the same file ({KeyVariable})"),
        Recursive(PasswordName, $"The password of that key ({PasswordVariable})"),
    ];

    public void AddTo(RootCommand root)
    {
        foreach (var option in _all)
        {
            root.Add(option);
        }
    }

    /// <summary>The files that the flags name, or else the environment.</summary>
    public static ClientTlsFiles Read(ParseResult parsed, Terminal terminal) =>
        ClientTlsFiles.FirstOf(OfFlags(parsed), OfEnvironment(terminal));

    /// <summary>The files that the flags name, a named profile, the environment or the profile in use.</summary>
    /// <param name="named">The profile that --profile names; null for none.</param>
    /// <param name="inUse">The profile in use; null for none.</param>
    /// <exception cref="UsageException">A file cannot be used.</exception>
    public static ClientTlsFiles Read(ParseResult parsed, Terminal terminal, Profile? named, Profile? inUse) =>
        RequireUsable(
            ClientTlsFiles.FirstOf(OfFlags(parsed), OfProfile(named), OfEnvironment(terminal), OfProfile(inUse))
        );

    /// <summary>The files that the flags name.</summary>
    public static ClientTlsFiles OfFlags(ParseResult parsed) =>
        new(
            parsed.GetValue<string?>(AuthorityName),
            parsed.GetValue<string?>(CertificateName),
            parsed.GetValue<string?>(KeyName),
            parsed.GetValue<string?>(PasswordName)
        );

    /// <exception cref="UsageException">A file cannot be used.</exception>
    public static ClientTlsFiles RequireUsable(ClientTlsFiles files) =>
        files.FindProblem(TimeProvider.System) is { } problem ? throw new UsageException(problem) : files;

    private static ClientTlsFiles OfEnvironment(Terminal terminal) =>
        new(
            terminal.Setting(AuthorityVariable),
            terminal.Setting(CertificateVariable),
            terminal.Setting(KeyVariable),
            terminal.Setting(PasswordVariable)
        );

    private static ClientTlsFiles OfProfile(Profile? profile) =>
        new(profile?.Ca, profile?.ClientCert, profile?.ClientKey, profile?.ClientPasswordFile);

    private static Option<string?> Recursive(string name, string description)
    {
        var option = Values.Text(name, description, "FILE");
        option.Recursive = true;
        return option;
    }
}
