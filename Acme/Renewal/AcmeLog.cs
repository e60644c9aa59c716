using Microsoft.Extensions.Logging;

namespace ScheduleZero.Acme.Renewal;

internal static partial class AcmeLog
{
    [LoggerMessage(7101, LogLevel.Information, "The CA issued a certificate for {Names}, valid until {NotAfter:u}")]
    public static partial void Issued(this ILogger logger, string names, DateTimeOffset notAfter);

    [LoggerMessage(7102, LogLevel.Warning, "No certificate for {Names}: {Reason} Next attempt at {NextAttempt:u}")]
    public static partial void AttemptFailed(
        this ILogger logger,
        string names,
        string reason,
        DateTimeOffset nextAttempt,
        Exception? exception
    );

    [LoggerMessage(
        7103,
        LogLevel.Warning,
        "The certificate for {Names} ends at {NotAfter:u} and is not renewed yet. Last failure: {LastFailure}"
    )]
    public static partial void EndsSoon(this ILogger logger, string names, DateTimeOffset notAfter, string lastFailure);

    [LoggerMessage(
        7104,
        LogLevel.Information,
        "The CA wants the certificate for {Names} to be renewed between {Start:u} and {End:u} ({ExplanationUrl})"
    )]
    public static partial void WindowChanged(
        this ILogger logger,
        string names,
        DateTimeOffset start,
        DateTimeOffset end,
        string explanationUrl
    );

    [LoggerMessage(
        7105,
        LogLevel.Information,
        "The CA did not say when to renew the certificate for {Names}: {Reason}"
    )]
    public static partial void NoWindow(this ILogger logger, string names, string reason);

    [LoggerMessage(7106, LogLevel.Error, "The stored certificate is not used: {Reason}")]
    public static partial void StoredCertificateUnusable(this ILogger logger, string reason);

    [LoggerMessage(7107, LogLevel.Information, "The CA {Directory} created the account {Account}")]
    public static partial void AccountCreated(this ILogger logger, Uri directory, Uri? account);

    [LoggerMessage(
        7109,
        LogLevel.Error,
        "The new certificate for {Names} is in use and cannot be stored, so the next start asks for another one: "
            + "{Reason}"
    )]
    public static partial void NotStored(this ILogger logger, string names, string reason);

    [LoggerMessage(7108, LogLevel.Information, "Asking the CA {Directory} for a certificate for {Names}")]
    public static partial void Asking(this ILogger logger, Uri directory, string names);
}
