using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Authorities;

/// <summary>
/// A certificate authority of a test's own, with an intermediate that signs the servers' certificates.
/// </summary>
internal sealed class TestAuthority : IDisposable
{
    public const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    public const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly X509Certificate2 _intermediate;

    /// <param name="name">The word that the names of both authorities begin with.</param>
    public TestAuthority(string name = "test")
    {
        Root = MakeAuthority($"CN={name} root", null);
        _intermediate = MakeAuthority($"CN={name} intermediate", Root);
    }

    public X509Certificate2 Root { get; }

    /// <summary>Writes the certificate of the root into a folder, and returns the path of the file.</summary>
    public string WriteRoot(string folder)
    {
        var path = Path.Combine(folder, "root.pem");
        File.WriteAllText(path, Root.ExportCertificatePem());
        return path;
    }

    /// <summary>Makes a certificate for a server, and its files <c>NAME.pem</c> and <c>NAME.key</c>.</summary>
    /// <param name="hosts">DNS names, addresses and URIs.</param>
    /// <param name="withIntermediate">Whether the file holds the intermediate too.</param>
    /// <param name="commonName">The common name; null for the name of the files.</param>
    public ServerFiles Issue(
        string folder,
        string name,
        string[] hosts,
        TimeSpan? notBefore = null,
        TimeSpan? notAfter = null,
        bool withIntermediate = true,
        string purpose = ServerPurpose,
        string? commonName = null
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName ?? name}", key, HashAlgorithmName.SHA256);
        AddNames(request, hosts, purpose);
        using var leaf = request.Create(
            _intermediate,
            Now + (notBefore ?? TimeSpan.FromDays(-1)),
            Now + (notAfter ?? TimeSpan.FromDays(30)),
            RandomNumberGenerator.GetBytes(8)
        );
        var chain = leaf.ExportCertificatePem() + (withIntermediate ? $"\n{_intermediate.ExportCertificatePem()}" : "");
        return Write(folder, name, chain, key.ExportPkcs8PrivateKeyPem());
    }

    public static ServerFiles SelfSign(string folder, string name, string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        AddNames(request, hosts, ServerPurpose);
        using var leaf = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(30));
        return Write(folder, name, leaf.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        Root.Dispose();
        _intermediate.Dispose();
    }

    private static ServerFiles Write(string folder, string name, string chain, string key)
    {
        var files = new ServerFiles(Path.Combine(folder, $"{name}.pem"), Path.Combine(folder, $"{name}.key"));
        File.WriteAllText(files.Certificate, chain);
        WriteSecret(files.Key, key);
        return files;
    }

    /// <summary>Makes PKCS#12 of a certificate's files, beside them.</summary>
    /// <returns>The file, and in place of the key the file with the password.</returns>
    public static ServerFiles WritePkcs12(ServerFiles files, string password)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        var made = new ServerFiles(
            Path.ChangeExtension(files.Certificate, ".pfx"),
            Path.ChangeExtension(files.Certificate, ".password")
        );
        File.WriteAllBytes(made.Certificate, certificate.Export(X509ContentType.Pkcs12, password));
        SetMode(made.Certificate, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        WriteSecret(made.Key, $"{password}\n");
        return made;
    }

    public static void WriteSecret(string path, string text)
    {
        File.WriteAllText(path, text);
        SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private static void AddNames(CertificateRequest request, string[] hosts, string purpose)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else if (host.Contains("://", StringComparison.Ordinal))
            {
                names.AddUri(new Uri(host));
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        if (hosts.Length > 0)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
    }

    private static X509Certificate2 MakeAuthority(string name, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        if (issuer is null)
        {
            return request.CreateSelfSigned(Now.AddYears(-2), Now.AddYears(2));
        }

        using var certificate = request.Create(
            issuer,
            Now.AddYears(-1),
            Now.AddYears(1),
            RandomNumberGenerator.GetBytes(8)
        );
        return certificate.CopyWithPrivateKey(key);
    }
}

/// <summary>The files of a server's certificate and its key.</summary>
internal sealed record ServerFiles(string Certificate, string Key);
