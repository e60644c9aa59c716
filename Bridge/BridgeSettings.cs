using ScheduleZero.Bridge.Link;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Bridge;

/// <summary>The settings that a Bridge is given at its start.</summary>
public sealed class BridgeSettings
{
    public const string UrlDefault = "http://127.0.0.1:8890";
    public const string BrokerDefault = "tcp://127.0.0.1:4242";

    /// <summary>
    /// The addresses at which handlers connect: <c>https://address:port</c>, or <c>http://</c> on loopback. Port 0
    /// stands for a free one.
    /// </summary>
    public IReadOnlyList<string> Urls { get; init; } = [UrlDefault];

    /// <summary>
    /// The Broker's endpoints, first choice first: <c>tcp://…</c> is dialled; at <c>@tcp://…</c> the Bridge waits for
    /// a Broker that dials.
    /// </summary>
    public IReadOnlyList<string> Brokers { get; init; } = [BrokerDefault];

    /// <summary>The bridge's own API key. The key never crosses the link; both sides prove that they know it.</summary>
    public string Key { get; init; } = "";

    /// <summary>The name of this Bridge in the Broker's lists and logs.</summary>
    public string Name { get; init; } = Environment.MachineName.ToLowerInvariant();

    /// <summary>
    /// Whether handlers' keys and jobs may cross networks unencrypted: the Bridge then listens beyond loopback in plain
    /// HTTP, and links in plain TCP. Only behind a proxy that ends TLS, or inside an encrypted network.
    /// </summary>
    public bool AllowInsecureRemote { get; init; }

    /// <summary>
    /// The origins whose pages may connect beside those of the Bridge's own host, as browsers send them:
    /// <c>https://app.example.org</c>.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>
    /// The proxies that are believed about where a handler connects from: addresses and CIDR ranges. Without any,
    /// X-Forwarded-For and -Proto are not read.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>
    /// The addresses and CIDR ranges that may connect, those of handlers and of a Broker that dials. Without any, all
    /// may.
    /// </summary>
    public IReadOnlyList<string> AllowFrom { get; init; } = [];

    /// <summary>How the links to the Broker are secured; plaintext by default, which stays on loopback.</summary>
    public CurveSettings Curve { get; init; } = new();

    /// <summary>The certificates of the https URLs; none by default.</summary>
    public TlsSettings Tls { get; init; } = new();

    /// <summary>
    /// Whether the certificate of a handler's connection must name the handler: <c>spiffe://…/NAMESPACE/HANDLER</c>, or
    /// the common name <c>NAMESPACE/HANDLER</c>. Needs <see cref="TlsSettings.ClientAuthorityFile"/>.
    /// </summary>
    public bool MatchClientNames { get; init; }

    public BridgeLimits Limits { get; init; } = new();

    internal LinkTimings LinkTimings { get; init; } = new();

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="BridgeSettingsException">Something is missing, malformed or unsafe; every problem is
    /// named.</exception>
    public void Validate()
    {
        var problems = Problems().Concat(EncryptionProblems()).Concat(Limits.Problems()).ToList();
        if (problems.Count > 0)
        {
            throw new BridgeSettingsException(string.Join(Environment.NewLine, problems));
        }
    }

    private IEnumerable<string> Problems()
    {
        if (Key.Length == 0)
        {
            yield return "A bridge needs a key: make one with `schedulezero keys create bridge NAME`, and give "
                + "it by --key FILE or SCHEDULEZERO_BRIDGE_KEY.";
        }
        else if (!ApiKey.TryParse(Key, out _))
        {
            yield return "The bridge key is not an API key (szk_, 12 hex characters, _, 43 characters).";
        }

        foreach (
            var problem in AddressRanges
                .Problems("--trusted-proxies", TrustedProxies)
                .Concat(AddressRanges.Problems("--allow-from", AllowFrom))
        )
        {
            yield return problem;
        }

        if (MatchClientNames && Tls.ClientAuthorityFile is null)
        {
            yield return "--match-client-names needs --client-ca: without it handlers show no certificate.";
        }

        if (!Names.IsName(Name))
        {
            yield return $"'{Name}' is not a name for a bridge.";
        }

        if (Urls.Count == 0 || Brokers.Count == 0)
        {
            yield return "A bridge needs at least one URL to listen on and one Broker endpoint.";
        }

        foreach (var problem in Urls.Select(UrlProblem).Concat(Brokers.Select(BrokerProblem)).OfType<string>())
        {
            yield return problem;
        }
    }

    private IEnumerable<string> EncryptionProblems() =>
        Tls.Problems(Urls)
            .Concat(
                Curve.Problems(
                    listens: Brokers.Any(text => text.StartsWith('@')),
                    dials: Brokers.Any(text => !text.StartsWith('@'))
                )
            );

    private string? UrlProblem(string url)
    {
        if (!TryParseUrl(url, out var address))
        {
            return $"'{url}' is not a URL to listen on; it looks like {UrlDefault}.";
        }

        return TlsSettings.IsHttps(url) || AllowInsecureRemote || SettingText.IsLoopback(address.Host)
            ? null
            : $"'{url}' would take handlers' keys over the network unencrypted. Listen at https:// with "
                + "--tls-cert or --acme, or on 127.0.0.1 behind a proxy that ends TLS, or accept the risk with "
                + "--insecure-allow-remote-plaintext.";
    }

    private string? BrokerProblem(string text)
    {
        if (!BrokerEndpoint.TryParse(text, out var endpoint))
        {
            return $"'{text}' is not a Broker endpoint; it looks like {BrokerDefault}, or @{BrokerDefault} to "
                + "wait for a Broker that dials.";
        }

        return AllowInsecureRemote || Curve.IsOn || SettingText.IsLoopback(endpoint.Address.Host)
            ? null
            : $"'{text}' would carry handlers' keys over the network unencrypted. Give a key by --curve-key, link "
                + "over loopback or an encrypted tunnel, or accept the risk with "
                + "--insecure-allow-remote-plaintext.";
    }

    private static bool TryParseUrl(string url, out BindingAddress address)
    {
        try
        {
            address = BindingAddress.Parse(url);
            return address.Scheme is "http" or "https" && !address.IsUnixPipe && address.PathBase.Length == 0;
        }
        catch (FormatException)
        {
            address = null!;
            return false;
        }
    }
}
