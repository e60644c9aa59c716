using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using ScheduleZero.Acme.Challenges;

namespace ScheduleZero.Edges.Tls;

/// <summary>What a listener offers in a TLS handshake.</summary>
/// <param name="authority">The authorities of clients' certificates; null when clients need none.</param>
/// <param name="challenges">The answers to a CA that checks names by TLS-ALPN-01; null when none does.</param>
internal sealed class TlsHandshakes(
    CertificateChoice certificates,
    ClientAuthority? authority,
    AlpnChallengeResponses? challenges,
    StrangerLines lines,
    TimeProvider time,
    ILogger<TlsHandshakes> log
)
{
    /// <summary>A server name of the DNS is not longer; more of it is not logged.</summary>
    private const int LoggedNameMax = 253;

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private static readonly CipherSuitesPolicy? Suites = MakeSuites();

    /// <summary>Has a listener speak TLS.</summary>
    public void AddTo(ListenOptions endpoint)
    {
        endpoint.Protocols = HttpProtocols.Http1AndHttp2;
        endpoint.Use(EndQuietly);
        if (challenges is null)
        {
            Encrypt(endpoint);
        }
        else
        {
            new AcmeHandshakePeek(HandshakeTimeout, time).AddAround(endpoint, Encrypt);
        }
    }

    private void Encrypt(ListenOptions endpoint) =>
        endpoint.UseHttps(
            new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = HandshakeTimeout,
                OnConnection = context =>
                {
                    context.Connection.Features.Set(Begun.Instance);
                    return ValueTask.FromResult(
                        AcmeHandshakePeek.IsMarked(context.Connection)
                            ? OptionsForAuthority(context.ClientHelloInfo.ServerName)
                            : OptionsFor(context.ClientHelloInfo.ServerName, context.Connection)
                    );
                },
            }
        );

    /// <summary>
    /// Ends a connection whose first bytes .NET does not take for a handshake. It then never asks for our options, and
    /// complains that it has no certificate: a line in the log for each stranger who sends such bytes.
    /// </summary>
    private static ConnectionDelegate EndQuietly(ConnectionDelegate next) =>
        async connection =>
        {
            try
            {
                await next(connection);
            }
            catch (NotSupportedException) when (connection.Features.Get<Begun>() is null)
            {
                connection.Abort(new ConnectionAbortedException("Its first bytes are no handshake."));
            }
        };

    private SslServerAuthenticationOptions OptionsFor(string serverName, ConnectionContext connection)
    {
        if (certificates.Find(serverName) is not { } certificate)
        {
            var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
            if (lines.MayWrite("handshakes for names without a certificate", address))
            {
                log.HandshakeWithoutCertificate(serverName[..Math.Min(serverName.Length, LoggedNameMax)], address);
            }

            throw new AuthenticationException("There is no certificate for this name yet.");
        }

        var options = NewOptions(certificate, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);
        authority?.Ask(options);
        return options;
    }

    /// <summary>The CA shows no certificate of its own, and looks at one that is good for nothing else.</summary>
    private SslServerAuthenticationOptions OptionsForAuthority(string serverName) =>
        challenges?.Find(serverName) is { } certificate
            ? NewOptions(
                SslStreamCertificateContext.Create(certificate, null, offline: true),
                new SslApplicationProtocol(AlpnChallengeResponses.Protocol)
            )
            : throw new AuthenticationException("No CA was asked for a certificate with this name.");

    private static SslServerAuthenticationOptions NewOptions(
        SslStreamCertificateContext certificate,
        params List<SslApplicationProtocol> protocols
    ) =>
        new()
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = Suites,
            ApplicationProtocols = protocols,
            AllowRenegotiation = false,
        };

    /// <summary>
    /// The suites with authenticated encryption (AEAD) and forward secrecy. Null on Windows, where only the system's
    /// own settings choose suites.
    /// </summary>
    private static CipherSuitesPolicy? MakeSuites() =>
        OperatingSystem.IsWindows() || OperatingSystem.IsAndroid()
            ? null
            : new CipherSuitesPolicy([
                TlsCipherSuite.TLS_AES_128_GCM_SHA256,
                TlsCipherSuite.TLS_AES_256_GCM_SHA384,
                TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
                TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            ]);

    /// <summary>Says of a connection that .NET has understood the client's first message.</summary>
    private sealed class Begun
    {
        public static Begun Instance { get; } = new();
    }
}
