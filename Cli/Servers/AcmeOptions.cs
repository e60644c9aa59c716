using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Cli.Servers;

/// <summary>The options of a certificate that a CA issues by ACME.</summary>
/// <param name="variable">What the names of the variables begin with, such as <c>SCHEDULEZERO_ACME</c>.</param>
/// <param name="folder">The folder when none is given, for the help.</param>
internal sealed class AcmeOptions(string variable, string folder)
{
    private readonly Option<string[]> _names = ServerVerbs.AddressesOption(
        "--acme",
        $"Have a CA issue the certificate for these names, and renew it ({variable}); the CA checks the names at "
            + "--redirect-http, or else at the https URL itself",
        "NAME"
    );
    private readonly Option<string?> _directory = Values.Text(
        "--acme-directory",
        $"The CA's directory ({variable}_DIRECTORY); that of Let's Encrypt",
        "URL"
    );
    private readonly Option<string?> _email = Values.Text(
        "--acme-email",
        $"Where the CA may write to ({variable}_EMAIL); nowhere",
        "ADDRESS"
    );
    private readonly Option<bool> _agreeTerms = new("--acme-agree-terms")
    {
        Description = $"Agree to the CA's terms of service ({variable}_AGREE_TERMS=yes)",
    };
    private readonly Option<string?> _externalKeyId = Values.Text(
        "--acme-eab-key-id",
        $"The id of the key of an account at the CA's web site ({variable}_EAB_KEY_ID)",
        "ID"
    );
    private readonly Option<string?> _externalKeyFile = Values.Text(
        "--acme-eab-key-file",
        $"A file with that key in base64url ({variable}_EAB_KEY_FILE)",
        "FILE"
    );
    private readonly Option<string?> _folder = Values.Text(
        "--acme-folder",
        $"Where the account's key and the certificate are stored ({variable}_FOLDER); {folder}",
        "DIR"
    );
    private readonly Option<string?> _challenge = Values.Text(
        "--acme-challenge",
        $"http-01 or tls-alpn-01 ({variable}_CHALLENGE); http-01 with --redirect-http, tls-alpn-01 without",
        "KIND"
    );
    private readonly Option<string?> _caFile = Values.Text(
        "--acme-ca-file",
        $"Authorities that the directory's own certificate must lead to ({variable}_CA_FILE); the machine's",
        "FILE"
    );

    public void AddTo(Command verb)
    {
        verb.Add(_names);
        verb.Add(_directory);
        verb.Add(_email);
        verb.Add(_agreeTerms);
        verb.Add(_externalKeyId);
        verb.Add(_externalKeyFile);
        verb.Add(_folder);
        verb.Add(_challenge);
        verb.Add(_caFile);
    }

    public TlsAcmeFlags Read(ParseResult parsed) =>
        new()
        {
            Names = ServerVerbs.Given(parsed, _names),
            Directory = parsed.GetValue(_directory),
            Email = parsed.GetValue(_email),
            AgreeTerms = parsed.GetValue(_agreeTerms),
            ExternalKeyId = parsed.GetValue(_externalKeyId),
            ExternalKeyFile = parsed.GetValue(_externalKeyFile),
            Folder = parsed.GetValue(_folder),
            Challenge = parsed.GetValue(_challenge),
            CaFile = parsed.GetValue(_caFile),
        };
}
