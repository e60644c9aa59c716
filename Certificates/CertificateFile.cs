using System.Security.Cryptography;

namespace ScheduleZero.Certificates;

/// <summary>Where a certificate with its key lies.</summary>
/// <param name="Path">The certificate and its intermediates as PEM, or all as PKCS#12.</param>
/// <param name="KeyPath">The key as PEM; null for PKCS#12, which holds the key too.</param>
/// <param name="PasswordPath">The password of the key; null for a key without one.</param>
internal sealed record CertificateFile(string Path, string? KeyPath, string? PasswordPath)
{
    /// <summary>The setting that names the file with the password, for messages.</summary>
    public string PasswordSetting { get; init; } = "--tls-password-file";

    /// <summary>Whether a file is PKCS#12, by its name.</summary>
    public static bool IsPkcs12(string path) =>
        path.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".p12", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads all files.</summary>
    /// <exception cref="IOException">
    /// A file cannot be read, is too long, or holds a secret that others may read.
    /// </exception>
    public CertificateBytes Read() =>
        new(
            GuardedFile.Read(Path, isSecret: KeyPath is null),
            KeyPath is null ? null : GuardedFile.Read(KeyPath, isSecret: true),
            PasswordPath is null ? null : GuardedFile.Read(PasswordPath, isSecret: true)
        );
}

/// <summary>What the files of a certificate hold.</summary>
internal sealed record CertificateBytes(byte[] Certificate, byte[]? Key, byte[]? Password)
{
    /// <summary>A digest of all bytes, by which a change is noticed whatever the times of the files say.</summary>
    public byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in new[] { Certificate, Key ?? [], Password ?? [] })
        {
            hash.AppendData(SHA256.HashData(part));
        }

        return hash.GetHashAndReset();
    }
}
