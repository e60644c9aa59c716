using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace ScheduleZero.Edges.Tls;

/// <summary>What a listener offers in a TLS handshake.</summary>
/// <param name="authority">The authorities of clients' certificates; null when clients need none.</param>
internal sealed class TlsHandshakes(ICertificateSource certificates, ClientAuthority? authority)
{
    private static readonly CipherSuitesPolicy? Suites = MakeSuites();

    /// <summary>The callback that answers each handshake.</summary>
    public TlsHandshakeCallbackOptions Callback =>
        new()
        {
            HandshakeTimeout = TimeSpan.FromSeconds(10),
            OnConnection = context => ValueTask.FromResult(OptionsFor(context.ClientHelloInfo.ServerName)),
        };

    private SslServerAuthenticationOptions OptionsFor(string serverName)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificates.Find(serverName),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = Suites,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            AllowRenegotiation = false,
        };
        authority?.Ask(options);
        return options;
    }

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
}
