using System.Security.Cryptography;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Identity;

/// <summary>
/// The key of an enrolment that is under way, in a file beside the identity that it is to become. The file is written
/// before the token is shown to anybody, so a folder that cannot be written costs no token; and it stays when the
/// Broker's answer is lost, so the same token enrols the same key when it is tried again.
/// </summary>
internal sealed class PendingEnrolment : IDisposable
{
    /// <summary>The suffix of the file's name. The token's id stands before it.</summary>
    public const string Suffix = ".enrolling";

    private const int KeyBytesMax = 4096;

    private readonly string _path;
    private readonly FileStream _file;

    private PendingEnrolment(string path, FileStream file, ECDsa key) => (_path, _file, Key) = (path, file, key);

    public ECDsa Key { get; }

    /// <summary>
    /// Takes up the key that an earlier try with this token left in the folder, or makes one; it is on the disk on
    /// return.
    /// </summary>
    /// <exception cref="IdentityException">
    /// The folder cannot be made or written, or the token is being used there already.
    /// </exception>
    public static PendingEnrolment Begin(string folder, string tokenId)
    {
        var path = Path.Combine(folder, tokenId + Suffix);
        FileStream? file = null;
        try
        {
            Folders.Make(folder);
            // Nobody else may open the file meanwhile: two processes with one key would look like a theft.
            file = new FileStream(path, WholeFile.Options(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            var key = Read(file, path) ?? Make(file);
            Folders.FlushToDisk(folder);
            return new PendingEnrolment(path, file, key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new IdentityException(
                $"The identity cannot be kept in {folder}: {e.Message} The token was not used. "
                    + "Mend the folder, or name another one."
            );
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Forgets the key: it has become an identity, or the Broker does not know it.</summary>
    public void Forget()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    public void Dispose()
    {
        Key.Dispose();
        _file.Dispose();
    }

    private static ECDsa? Read(FileStream file, string path)
    {
        if (file.Length is 0 or > KeyBytesMax)
        {
            return null;
        }

        IdentityFile.RefuseIfOthersRead(path);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(bytes, out _);
            return key;
        }
        catch (CryptographicException)
        {
            // The file was not written to its end, and so its key was never shown to a Broker.
            key.Dispose();
            return null;
        }
    }

    private static ECDsa Make(FileStream file)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        file.SetLength(0);
        file.Position = 0;
        file.Write(key.ExportPkcs8PrivateKey());
        file.Flush(flushToDisk: true);
        return key;
    }
}
