using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Certificates;

/// <summary>The files that a client of https names; null for each that it does not.</summary>
/// <param name="Authority">A PEM file of authorities that count in place of the machine's own.</param>
/// <param name="Certificate">The client's own certificate: PEM, or PKCS#12 by the names .pfx and .p12.</param>
/// <param name="Key">The key of a PEM certificate; null when it lies in the certificate's file.</param>
/// <param name="Password">A file with the password of the key.</param>
internal sealed record ClientTlsFiles(string? Authority, string? Certificate, string? Key, string? Password)
{
    private const string PasswordSetting = "--client-password-file (ClientPasswordFile)";

    /// <summary>
    /// Takes the authorities of the first source that names some, and the certificate with all that belongs to it of
    /// the first source that names any of its files.
    /// </summary>
    public static ClientTlsFiles FirstOf(params ClientTlsFiles[] sources)
    {
        var own =
            Array.Find(sources, source => (source.Certificate ?? source.Key ?? source.Password) is not null)
            ?? sources[^1];
        return own with
        {
            Authority = sources.Select(source => source.Authority).FirstOrDefault(file => file is not null),
        };
    }

    /// <summary>Reads all files.</summary>
    /// <exception cref="IOException">A file cannot be used; the message says why, and holds no secret.</exception>
    public ClientTls Load(TimeProvider time) =>
        new(
            new ServerTrust(Authority is null ? null : AuthorityFile.Read(Authority), Authority, time),
            Certificate is null ? null : LoadCertificate(Certificate, time)
        );

    /// <summary>What is wrong with the files; null when nothing is.</summary>
    public string? FindProblem(TimeProvider time)
    {
        if (Certificate is null && (Key ?? Password) is not null)
        {
            return "A client's key or password is named without the certificate (--client-cert, "
                + "ClientCertificateFile).";
        }

        try
        {
            Load(time);
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private CertificateWithKey LoadCertificate(string path, TimeProvider time)
    {
        var isPkcs12 = CertificateFile.IsPkcs12(path);
        if (isPkcs12 && Key is not null)
        {
            throw new IOException($"{path} is PKCS#12, which holds the key itself: name no other file with a key.");
        }

        var file = new CertificateFile(path, isPkcs12 ? null : Key ?? path, Password)
        {
            PasswordSetting = PasswordSetting,
        };
        var loaded = CertificateWithKey.Load(file, file.Read());
        if (!CertificatePurpose.Allows(loaded.Leaf, CertificatePurpose.Client))
        {
            throw new IOException($"The certificate in {path} is not for clients (clientAuth), so servers refuse it.");
        }

        return CertificateTime.ProblemOf(loaded.Leaf, time.GetUtcNow()) is { } problem
            ? throw new IOException($"The client's certificate in {path} {problem}.")
            : loaded;
    }
}

/// <summary>How a client of https checks servers, and what it shows of itself.</summary>
/// <param name="trust">Decides about the certificates of servers.</param>
/// <param name="own">The client's certificate; null for none.</param>
internal sealed class ClientTls(ServerTrust trust, CertificateWithKey? own)
{
    /// <summary>Sets a handler's TLS.</summary>
    public void Apply(SocketsHttpHandler handler)
    {
        handler.SslOptions.RemoteCertificateValidationCallback = Check;
        if (own is not null)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(
                own.Leaf,
                own.Intermediates,
                offline: true
            );
        }
    }

    private bool Check(object stream, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        trust.Accept(((SslStream)stream).TargetHostName, certificate, chain, errors);
}
