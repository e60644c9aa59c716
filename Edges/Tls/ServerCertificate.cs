using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// A certificate with its key and its intermediates. Connections may use a certificate long after another took its
/// place, so nothing disposes it but the garbage collector.
/// </summary>
internal sealed class ServerCertificate
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const int RsaBitsMin = 2048;

    private readonly X509Certificate2 _leaf;
    private readonly X509Certificate2Collection _intermediates;

    private ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection intermediates)
    {
        (_leaf, _intermediates) = (leaf, intermediates);
        Names = CertificateNames.Of(leaf);
        // Without offline the context would download intermediates, from addresses that the certificate names.
        Context = SslStreamCertificateContext.Create(leaf, intermediates, offline: true);
    }

    /// <summary>What handshakes use: the certificate, its key, and the intermediates.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The names that the certificate is for.</summary>
    public CertificateNames Names { get; }

    public DateTimeOffset ValidUntil => _leaf.NotAfter.ToUniversalTime();

    /// <summary>Makes a certificate of the bytes of its files.</summary>
    /// <param name="file">Where the bytes are from, for messages.</param>
    /// <exception cref="IOException">The bytes are no certificate that a server can use with their key.</exception>
    public static ServerCertificate Load(CertificateFile file, CertificateBytes bytes)
    {
        var password = bytes.Password is null ? null : Encoding.UTF8.GetString(bytes.Password).TrimEnd('\r', '\n');
        var all = file.KeyPath is null
            ? LoadPkcs12(file, bytes.Certificate, password)
            : LoadPem(file, file.KeyPath, bytes, password);
        var leaf = all[0];
        all.RemoveAt(0);
        using var rsa = leaf.GetRSAPublicKey();
        if (rsa is { KeySize: < RsaBitsMin })
        {
            throw new IOException(
                $"The RSA key of {file.Path} has {rsa.KeySize} bits, which clients refuse: take {RsaBitsMin} at least."
            );
        }

        var purposes = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        if (purposes is not null && !purposes.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == ServerPurpose))
        {
            throw new IOException(
                $"The certificate in {file.Path} is not for servers (serverAuth), so clients refuse it."
            );
        }

        try
        {
            return new ServerCertificate(leaf, all);
        }
        catch (CryptographicException e)
        {
            throw new IOException($"The certificate in {file.Path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>What is wrong with the certificate at this time; null when it is valid now.</summary>
    public string? TimeProblem(DateTimeOffset now) =>
        now > ValidUntil ? $"expired at {ValidUntil:u}"
        : now < _leaf.NotBefore.ToUniversalTime()
            ? $"is not valid before {_leaf.NotBefore.ToUniversalTime():u}; is this machine's clock right?"
        : null;

    /// <summary>What clients are likely to find wrong with the certificate, apart from its time.</summary>
    public IEnumerable<string> Oddities()
    {
        if (Names.IsEmpty)
        {
            yield return "names no host (subjectAltName), so no client can tell that it is this server's";
        }

        if (MissingIssuer() is { } issuer)
        {
            yield return $"comes without the certificate of its issuer '{issuer}', which this machine does not trust "
                + "either. Unless clients have that certificate, add the intermediates to the file, after the server's "
                + "own";
        }
    }

    /// <summary>The issuer at which the chain breaks off; null for a chain that ends in a root.</summary>
    private string? MissingIssuer()
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.ExtraStore.AddRange(_intermediates);
        chain.Build(_leaf);
        return Array.Exists(chain.ChainStatus, status => status.Status == X509ChainStatusFlags.PartialChain)
            ? chain.ChainElements[^1].Certificate.Issuer
            : null;
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
                ? X509Certificate2.CreateFromEncryptedPem(text, key, password ?? throw NoPassword(keyPath))
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
                    + (password is null ? "; if it has a password, give --tls-password-file" : " with this password")
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

    private static IOException NoPassword(string keyPath) =>
        new($"The key in {keyPath} has a password: give it by --tls-password-file.");

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
