using System.Security.Cryptography;
using ScheduleZero.Acme.Wire;

namespace ScheduleZero.Acme.Files;

/// <summary>
/// The files of one certificate: the account's key, the chain and the key that fits it.
/// </summary>
/// <remarks>
/// The new key is written beside the old one first; then the new chain takes the old one's place, in one step of the
/// file system; then the new key takes the old one's place. So whenever the process ends, the chain that lies there has
/// its key beside it, under one name or the other.
/// </remarks>
internal sealed class AcmeFolder(string folder)
{
    /// <summary>The certificate and the intermediates, in PEM.</summary>
    public string ChainPath { get; } = Path.Combine(folder, "certificate.pem");

    /// <summary>The private key of the certificate, in PEM.</summary>
    public string KeyPath { get; } = Path.Combine(folder, "certificate.key");

    public string AccountKeyPath { get; } = Path.Combine(folder, "account.key");

    private string NextKeyPath => KeyPath + ".next";

    /// <summary>Reads the account's key, or makes one when there is none.</summary>
    /// <exception cref="IOException">The file is there and cannot be used, or cannot be written.</exception>
    public AccountKey ReadOrCreateAccountKey()
    {
        using var held = Lock();
        if (SecretFile.Read(AccountKeyPath) is not { } pem)
        {
            var made = AccountKey.Generate();
            SecretFile.Write(AccountKeyPath, made.ToPem());
            return made;
        }

        try
        {
            return AccountKey.OfPem(pem);
        }
        catch (CryptographicException e)
        {
            // A new key is not made here, since the account at the CA would be lost, with its limits and binding.
            throw new IOException(
                $"{AccountKeyPath} holds no account key: restore it, or delete it for a new account.",
                e
            );
        }
    }

    /// <summary>Reads the certificate with its key; null when there is none yet.</summary>
    /// <exception cref="IOException">The files are there, and cannot be read or do not belong together.</exception>
    public IssuedCertificate? Load()
    {
        if (SecretFile.Read(ChainPath) is not { } chain)
        {
            return null;
        }

        return ReadWith(KeyPath, chain)
            // The process ended between the last two steps of Save.
            ?? ReadWith(NextKeyPath, chain)
            ?? throw new IOException($"{ChainPath} and {KeyPath} are no certificate with its key.");
    }

    /// <summary>Replaces the certificate and its key.</summary>
    /// <exception cref="IOException">The files cannot be written; the old ones are still there.</exception>
    public void Save(IssuedCertificate certificate)
    {
        using var held = Lock();
        FinishEarlierSave();
        WriteNextKey(certificate);
        WriteChain(certificate);
        PromoteNextKey();
    }

    /// <summary>The first step of <see cref="Save"/>.</summary>
    internal void WriteNextKey(IssuedCertificate certificate) => SecretFile.Write(NextKeyPath, certificate.KeyPem);

    /// <summary>The second step of <see cref="Save"/>, from which on the new certificate counts.</summary>
    internal void WriteChain(IssuedCertificate certificate) => SecretFile.Write(ChainPath, certificate.ChainPem);

    private static IssuedCertificate? ReadWith(string keyPath, string chain) =>
        SecretFile.Read(keyPath) is { } key ? IssuedCertificate.TryRead(chain, key, out _) : null;

    /// <summary>The next key may be the one that fits the chain; then it must not be overwritten.</summary>
    private void FinishEarlierSave()
    {
        if (IsNextKeyOfChain())
        {
            PromoteNextKey();
        }
    }

    private bool IsNextKeyOfChain()
    {
        try
        {
            return SecretFile.Read(ChainPath) is { } chain && ReadWith(NextKeyPath, chain) is not null;
        }
        catch (IOException)
        {
            return false; // No start uses files that cannot be read, so the new pair may take their place.
        }
    }

    private void PromoteNextKey() => SecretFile.Move(NextKeyPath, KeyPath);

    /// <summary>Two processes with one folder by mistake must not mix their steps.</summary>
    private FileStream Lock()
    {
        SecretFile.MakeFolder(folder);
        return SecretFile.Lock(Path.Combine(folder, "lock"));
    }
}
