using System.Security.Cryptography;

namespace ScheduleZero.Certificates;

/// <summary>Where a certificate with its key lies.</summary>
/// <param name="Path">The certificate and its intermediates as PEM, or all as PKCS#12.</param>
/// <param name="KeyPath">The key as PEM; null for PKCS#12, which holds the key too.</param>
/// <param name="PasswordPath">The password of the key; null for a key without one.</param>
internal sealed record CertificateFile(string Path, string? KeyPath, string? PasswordPath)
{
    /// <summary>More than any chain of certificates has.</summary>
    private const int BytesMax = 1024 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

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
            ReadFile(Path, isSecret: KeyPath is null),
            KeyPath is null ? null : ReadFile(KeyPath, isSecret: true),
            PasswordPath is null ? null : ReadFile(PasswordPath, isSecret: true)
        );

    private static byte[] ReadFile(string path, bool isSecret)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            if (length > BytesMax)
            {
                throw new IOException($"{path} is too long for a file with a certificate or a key.");
            }

            // The mode is asked of the open file, so that it is that of the very bytes that are read.
            if (isSecret && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(handle) & ~OwnerOnly) != 0)
            {
                throw new IOException($"Others may read the secret in {path}: chmod 600 it.");
            }

            var bytes = new byte[length];
            var have = 0;
            while (RandomAccess.Read(handle, bytes.AsSpan(have), have) is > 0 and var read)
            {
                have += read;
            }

            return bytes[..have];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or NotSupportedException)
        {
            throw new IOException($"{path} cannot be read: {e.Message}", e);
        }
    }
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
