using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>
/// Signs with a key in the data folder. The key is made at the first start and encrypted with ASP.NET Core Data
/// Protection, whose own keys lie beside it. So a backup of the one file does not contain the key in clear, while
/// whoever has the whole folder has the key.
/// </summary>
internal sealed class FileAuditSigner : IAuditSigner, IDisposable
{
    public const string FileName = "audit-signing-key";
    public const string ProtectionFolder = "protection";

    private const string Purpose = "ScheduleZero.AuditSigningKey.v1";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ECDsa _key;

    private FileAuditSigner(ECDsa key)
    {
        _key = key;
        PublicKey = CheckpointKeys.PublicOf(key);
    }

    public string KeyId => PublicKey.Kid;

    public AuditKey PublicKey { get; }

    /// <summary>Opens the folder's key, or makes one.</summary>
    /// <exception cref="BrokerSettingsException">The folder has a key that cannot be opened.</exception>
    public static FileAuditSigner Open(string dataFolder)
    {
        var protection = Directory.CreateDirectory(Path.Combine(dataFolder, ProtectionFolder));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(protection.FullName, OwnerOnly | UnixFileMode.UserExecute);
        }

        var protector = DataProtectionProvider
            .Create(protection, builder => builder.SetApplicationName("ScheduleZero"))
            .CreateProtector(Purpose);
        var path = Path.Combine(dataFolder, FileName);
        var key = File.Exists(path) ? Read(path, protector) : Make(path, protector);
        CloseToOthers(protection);
        return new FileAuditSigner(key);
    }

    public byte[] Sign(ReadOnlySpan<byte> text) =>
        _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose() => _key.Dispose();

    private static ECDsa Read(string path, IDataProtector protector)
    {
        var key = ECDsa.Create();
        try
        {
            var bytes = protector.Unprotect(File.ReadAllBytes(path));
            key.ImportPkcs8PrivateKey(bytes, out _);
            CryptographicOperations.ZeroMemory(bytes);
            return key;
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw new BrokerSettingsException(
                $"The key that signs the audit log, {path}, cannot be opened with the keys in "
                    + $"{ProtectionFolder} beside it ({e.Message}). Bring both back from "
                    + "a backup, or move the file away: a new key is made then, and what the old one signed is "
                    + "verified with its public key, if that was kept."
            );
        }
    }

    private static ECDsa Make(string path, IDataProtector protector)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bytes = key.ExportPkcs8PrivateKey();
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        // The file is written under another name and moved, since half a key would keep the Broker from starting.
        var half = path + ".new";
        using (var file = new FileStream(half, options))
        {
            file.Write(protector.Protect(bytes));
            file.Flush(flushToDisk: true);
        }

        File.Move(half, path, overwrite: false);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    private static void CloseToOthers(DirectoryInfo folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in folder.EnumerateFiles())
            {
                File.SetUnixFileMode(file.FullName, OwnerOnly);
            }
        }
    }
}
