using System.Net.Security;

namespace ScheduleZero.Edges.Tls;

/// <summary>Where the listeners get their certificates from. Called for each handshake, from several threads.</summary>
internal interface ICertificateSource
{
    /// <summary>The certificate for a server name; some certificate for a name that none is for.</summary>
    /// <param name="serverName">The name that the client asked for; empty when it named none.</param>
    SslStreamCertificateContext Find(string serverName);

    /// <summary>Whether a certificate is for this host.</summary>
    bool Covers(string host);
}
