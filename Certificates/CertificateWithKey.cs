using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ScheduleZero.Certificates;

/// <summary>A certificate with its private key, and the intermediates that came with it.</summary>
internal sealed record CertificateWithKey(X509Certificate2 Leaf, X509Certificate2Collection Intermediates)
{
    /// <summary>Makes a certificate of the bytes of its files.</summary>
    /// <param name="file">Where the bytes are from, for messages.</param>
    /// <exception cref="IOException">The bytes are no certificate with its key.</exception>
    public static CertificateWithKey Load(CertificateFile file, CertificateBytes bytes)
    {
        var password = bytes.Password is null ? null : Encoding.UTF8.GetString(bytes.Password).TrimEnd('\r', '\n');
        var all = file.KeyPath is null
            ? LoadPkcs12(file, bytes.Certificate, password)
            : LoadPem(file, file.KeyPath, bytes, password);
        var leaf = all[0];
        all.RemoveAt(0);
        return new CertificateWithKey(leaf, all);
    }

    private static X509Certificate2Collection LoadPem(
        CertificateFile file,
        string keyPath,
        CertificateBytes bytes,
        string? password
    )
    {
        const string begin = "-----BEGIN CERTIFICATE-----";
        var text = Encoding.UTF8.GetString(bytes.Certificate);
        var key = Encoding.UTF8.GetString(bytes.Key!);
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(text);
        }
        catch (CryptographicException e)
        {
            throw new IOException($"{file.Path} holds something that is no certificate: {e.Message}", e);
        }

        // A block that was cut off is passed over by the reader of PEM, and with it an intermediate would be lost.
        var begun = text.Split(begin).Length - 1;
        if (all.Count == 0 || all.Count != begun)
        {
            throw new IOException(
                begun == 0
                    ? $"{file.Path} holds no certificate in PEM ({begin})."
                    : $"{file.Path} is cut off within a certificate."
            );
        }

        try
        {
            var leaf = key.Contains("ENCRYPTED", StringComparison.Ordinal)
                ? X509Certificate2.CreateFromEncryptedPem(text, key, password ?? throw NoPassword(file))
                : X509Certificate2.CreateFromPem(text, key);
            all[0] = Usable(leaf);
            return all;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new IOException($"{keyPath} holds no key that fits the certificate in {file.Path}: {e.Message}", e);
        }
    }

    private static X509Certificate2Collection LoadPkcs12(CertificateFile file, byte[] bytes, string? password)
    {
        X509Certificate2Collection all;
        try
        {
            all = X509CertificateLoader.LoadPkcs12Collection(bytes, password);
        }
        catch (CryptographicException e)
        {
            throw new IOException(
                $"{file.Path} cannot be read as PKCS#12"
                    + (
                        password is null
                            ? $"; if it has a password, give {file.PasswordSetting}"
                            : " with this password"
                    )
                    + $": {e.Message}",
                e
            );
        }

        var leaf =
            all.FirstOrDefault(certificate => certificate.HasPrivateKey)
            ?? throw new IOException($"{file.Path} holds no certificate with a key.");
        all.Remove(leaf);
        all.Insert(0, leaf);
        return all;
    }

    private static IOException NoPassword(CertificateFile file) =>
        new($"The key in {file.KeyPath} has a password: give it by {file.PasswordSetting}.");

    /// <summary>Windows uses no key that came from PEM for TLS, until it went through PKCS#12 once.</summary>
    private static X509Certificate2 Usable(X509Certificate2 leaf)
    {
        if (!OperatingSystem.IsWindows())
        {
            return leaf;
        }

        using (leaf)
        {
            return X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
        }
    }
}
