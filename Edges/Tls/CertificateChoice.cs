using System.Net.Security;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// Chooses the certificate of each handshake among those of all sources. Called from several threads.
/// </summary>
internal sealed class CertificateChoice(IEnumerable<ICertificateSource> sources)
{
    private readonly ICertificateSource[] _sources = [.. sources];

    /// <summary>The certificate for a server name; the first one for a name that none is for.</summary>
    /// <param name="serverName">The name that the client asked for; empty when it named none.</param>
    /// <returns>Null when there is no certificate at all, or when the one for this name is still to come.</returns>
    public SslStreamCertificateContext? Find(string serverName)
    {
        var current = Current();
        var found =
            current.Find(certificate => certificate.Names.HasExact(serverName))
            ?? current.Find(certificate => certificate.Names.HasWildcard(serverName));
        if (found is null && !Array.Exists(_sources, source => source.Awaits(serverName)))
        {
            found = current.FirstOrDefault();
        }

        return found?.Context;
    }

    /// <summary>Whether a certificate is for this host.</summary>
    public bool Covers(string host) => Current().Exists(certificate => certificate.Names.Has(host));

    /// <summary>How the certificates of all sources stand.</summary>
    public IEnumerable<CertificateState> States() => _sources.SelectMany(source => source.States());

    private List<ServerCertificate> Current() => [.. _sources.SelectMany(source => source.Current())];
}
