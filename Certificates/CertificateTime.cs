using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Certificates;

/// <summary>Says in words whether a certificate is valid at a time.</summary>
internal static class CertificateTime
{
    /// <summary>
    /// What is wrong, as what follows the name of the certificate in a sentence; null when it is valid then.
    /// </summary>
    public static string? ProblemOf(X509Certificate2 certificate, DateTimeOffset now) =>
        now > certificate.NotAfter.ToUniversalTime() ? $"expired at {certificate.NotAfter.ToUniversalTime():u}"
        : now < certificate.NotBefore.ToUniversalTime()
            ? $"is not valid before {certificate.NotBefore.ToUniversalTime():u}; is this machine's clock right?"
        : null;
}
