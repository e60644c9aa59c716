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
}
