using System.Net;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Edges.Tls;

internal static partial class TlsLog
{
    [LoggerMessage(5071, LogLevel.Warning, "The certificate in {File} {Oddity}")]
    public static partial void CertificateOdd(this ILogger logger, string file, string oddity);

    [LoggerMessage(
        5072,
        LogLevel.Information,
        "Loaded {File} again: a certificate for {Names}, valid until {ValidUntil}"
    )]
    public static partial void CertificateLoaded(
        this ILogger logger,
        string file,
        string names,
        DateTimeOffset validUntil
    );

    [LoggerMessage(
        5073,
        LogLevel.Warning,
        "{File} has changed and cannot be used; the certificate of before serves on. {Problem}"
    )]
    public static partial void CertificateNotLoaded(this ILogger logger, string file, string problem);

    [LoggerMessage(
        5074,
        LogLevel.Warning,
        "There is no certificate for {Names} yet: TLS handshakes for these names are refused until the CA {Directory} "
            + "has issued it. The CA checks that {Way}"
    )]
    public static partial void CertificateAwaited(this ILogger logger, string names, string directory, string way);

    [LoggerMessage(
        5075,
        LogLevel.Warning,
        "Refused a TLS handshake of {RemoteAddress} for '{ServerName}': the CA has not issued the certificate yet"
    )]
    public static partial void HandshakeWithoutCertificate(
        this ILogger logger,
        string serverName,
        IPAddress? remoteAddress
    );

    [LoggerMessage(
        5076,
        LogLevel.Warning,
        "The certificate in {File} for {Names} ends at {ValidUntil:u}: replace the file, which is read again by itself"
    )]
    public static partial void CertificateEndsSoon(
        this ILogger logger,
        string file,
        string names,
        DateTimeOffset validUntil
    );
}
