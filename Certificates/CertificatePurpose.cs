using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Certificates;

/// <summary>What a certificate says that it may be used for (extendedKeyUsage).</summary>
internal static class CertificatePurpose
{
    public const string Server = "1.3.6.1.5.5.7.3.1";
    public const string Client = "1.3.6.1.5.5.7.3.2";

    /// <summary>Whether a certificate may be used for a purpose: one that names none may be used for any.</summary>
    public static bool Allows(X509Certificate2 certificate, string purpose) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } named
        || Names(named, purpose);

    /// <summary>Whether a certificate names a purpose. One that names no purpose at all does not.</summary>
    public static bool IsNamed(X509Certificate2 certificate, string purpose) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(named => Names(named, purpose));

    private static bool Names(X509EnhancedKeyUsageExtension named, string purpose) =>
        named.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == purpose);
}
