using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Cli.Servers;

/// <summary>The options of a server's https listeners.</summary>
/// <param name="prefix">What the names of the server's variables begin with, such as <c>SCHEDULEZERO_</c>.</param>
/// <param name="acmeFolder">The folder of certificates by ACME when none is given, for the help.</param>
internal sealed class TlsOptions(string prefix, string acmeFolder)
{
    private readonly AcmeOptions _acme = new($"{prefix}ACME", acmeFolder);
    private readonly Option<string[]> _certificate = ServerVerbs.AddressesOption(
        "--tls-cert",
        "Certificates for https: PEM with the intermediates after the server's own, or .pfx; a client gets the one "
            + $"for the name that it asks for, or else the first ({prefix}TLS_CERT)",
        "FILE"
    );
    private readonly Option<string[]> _key = ServerVerbs.AddressesOption(
        "--tls-key",
        $"The keys of the PEM certificates, in their order ({prefix}TLS_KEY)",
        "FILE"
    );
    private readonly Option<string?> _passwordFile = Values.Text(
        "--tls-password-file",
        $"The password of the keys ({prefix}TLS_PASSWORD_FILE)",
        "FILE"
    );
    private readonly Option<string?> _redirect = Values.Text(
        "--redirect-http",
        $"Listen there too, and send callers on to https ({prefix}REDIRECT_HTTP)",
        "URL"
    );

    public void AddTo(Command verb)
    {
        verb.Add(_certificate);
        verb.Add(_key);
        verb.Add(_passwordFile);
        verb.Add(_redirect);
        _acme.AddTo(verb);
    }

    public TlsFlags Read(ParseResult parsed) =>
        new(
            ServerVerbs.Given(parsed, _certificate),
            ServerVerbs.Given(parsed, _key),
            parsed.GetValue(_passwordFile),
            parsed.GetValue(_redirect)
        )
        {
            Acme = _acme.Read(parsed),
        };
}
