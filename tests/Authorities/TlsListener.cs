using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace ScheduleZero.Authorities;

/// <summary>A listener of Kestrel on loopback, with TLS where a test has a certificate for it.</summary>
internal static class TlsListener
{
    /// <param name="port">The port; 0 for one that is free.</param>
    /// <param name="certificate">The certificate of the server, for https; null for http.</param>
    /// <param name="asksForCertificates">Whether clients must show a certificate; any will do.</param>
    public static void Listen(
        KestrelServerOptions kestrel,
        int port,
        ServerFiles? certificate,
        bool asksForCertificates
    ) =>
        kestrel.Listen(
            IPAddress.Loopback,
            port,
            endpoint =>
            {
                if (certificate is not null)
                {
                    Encrypt(endpoint, certificate, asksForCertificates);
                }
            }
        );

    private static void Encrypt(ListenOptions endpoint, ServerFiles certificate, bool asksForCertificates)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate.Certificate);
        var leaf = X509Certificate2.CreateFromPemFile(certificate.Certificate, certificate.Key);
        var context = SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true);
        endpoint.UseHttps(
            new TlsHandshakeCallbackOptions
            {
                OnConnection = _ =>
                    ValueTask.FromResult(
                        new SslServerAuthenticationOptions
                        {
                            ServerCertificateContext = context,
                            ClientCertificateRequired = asksForCertificates,
                            RemoteCertificateValidationCallback = (_, shown, _, _) =>
                                shown is not null || !asksForCertificates,
                        }
                    ),
            }
        );
    }
}
