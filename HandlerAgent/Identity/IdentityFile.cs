using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Identity;

/// <summary>
/// What an agent that enrolled keeps of itself. Only its own account may read the file, since the key in it is all that
/// proves it.
/// </summary>
internal sealed record IdentityFile
{
    public required string KeyId { get; init; }

    public required string BrokerId { get; init; }

    public required string Namespace { get; init; }

    public required string Handler { get; init; }

    /// <summary>For the next Hello.</summary>
    public required long Generation { get; init; }

    /// <summary>PKCS #8.</summary>
    public required byte[] PrivateKey { get; init; }

    /// <summary>
    /// A key that the Broker may have taken already in this one's place; null unless a rotation was cut short.
    /// </summary>
    public byte[]? NextPrivateKey { get; init; }

    /// <exception cref="IdentityException">It cannot be read, others may read it too, or it is no identity.</exception>
    public static IdentityFile Read(string path)
    {
        byte[] json;
        try
        {
            RefuseIfOthersRead(path);
            RefuseIfOthersReplace(path);
            json = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException($"The identity file cannot be read: {e.Message}");
        }

        return Parse(json, path);
    }

    /// <summary>
    /// All or nothing, and on the disk when it returns: what was there before stays until what comes after is whole.
    /// </summary>
    /// <exception cref="IdentityException">It cannot be written.</exception>
    public void Write(string path)
    {
        try
        {
            WholeFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, IdentityJson.Default.IdentityFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException($"The identity file cannot be written: {e.Message}");
        }
    }

    /// <exception cref="IdentityException">Others may read the file.</exception>
    internal static void RefuseIfOthersRead(string path)
    {
        if (
            !OperatingSystem.IsWindows()
            && (File.GetUnixFileMode(path) & ~(WholeFile.OwnerOnly | UnixFileMode.UserExecute)) != 0
        )
        {
            throw new IdentityException(
                $"Others on this machine may read {path}, so its key is not used. Mend it with: chmod 600 {path}"
            );
        }
    }

    private static void RefuseIfOthersReplace(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Folders.OthersMayWrite(folder))
        {
            throw new IdentityException(
                $"Others on this machine may write to {folder}, and so put another identity in the place of "
                    + $"{path}. Mend it with: chmod go-w {folder}"
            );
        }
    }

    private static IdentityFile Parse(byte[] json, string path)
    {
        try
        {
            var identity = JsonSerializer.Deserialize(json, IdentityJson.Default.IdentityFile);
            if (identity is not null && Names.IsName(identity.Handler) && identity.OpenKey() is { } key)
            {
                key.Dispose();
                return identity;
            }
        }
        catch (Exception e) when (e is JsonException or CryptographicException)
        {
            // Said below, without what the file holds.
        }

        throw new IdentityException($"{path} is no identity file; make one with: schedulezero agent enroll");
    }

    /// <summary>The caller disposes it.</summary>
    public ECDsa OpenKey()
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(PrivateKey, out _);
        return key;
    }
}

// Nulls are left out: generated code would write a null key as an empty one.
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(IdentityFile))]
internal sealed partial class IdentityJson : JsonSerializerContext;
