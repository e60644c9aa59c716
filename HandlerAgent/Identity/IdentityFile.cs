using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Identity;

/// <summary>
/// The identity of an agent that enrolled, as its file has it. Only the agent's own account may read the file, since
/// the key in it is the only proof of the agent.
/// </summary>
internal sealed record IdentityFile
{
    public required string KeyId { get; init; }

    public required string BrokerId { get; init; }

    public required string Namespace { get; init; }

    public required string Handler { get; init; }

    /// <summary>The generation to be named in the next Hello.</summary>
    public required long Generation { get; init; }

    /// <summary>The private key in PKCS #8.</summary>
    public required byte[] PrivateKey { get; init; }

    /// <summary>
    /// The key of a rotation that was interrupted, which the Broker may have already; null when there was none.
    /// </summary>
    public byte[]? NextPrivateKey { get; init; }

    /// <summary>
    /// The public key by which the Broker proves who it is; null for an identity that an older version enrolled, or an
    /// older Broker.
    /// </summary>
    public AuditKey? BrokerKey { get; init; }

    /// <summary>Whether the newest session was sealed, as the Broker asked for it.</summary>
    public bool Sealed { get; init; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="IdentityException">
    /// The file cannot be read, others may read or replace it, or it is no identity.
    /// </exception>
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
    /// Writes the file, which is on the disk when the method returns. The content before stays until the new one is
    /// whole.
    /// </summary>
    /// <exception cref="IdentityException">The file cannot be written.</exception>
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

    /// <summary>Refuses a file that others may read.</summary>
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
            if (
                identity is not null
                && Names.IsName(identity.Handler)
                && (identity.BrokerKey is null || CheckpointKeys.IsKey(identity.BrokerKey))
                && identity.OpenKey() is { } key
            )
            {
                key.Dispose();
                return identity;
            }
        }
        catch (Exception e) when (e is JsonException or CryptographicException)
        {
            // The exception below reports the problem, without the content of the file.
        }

        throw new IdentityException($"{path} is no identity file; make one with: schedulezero agent enroll");
    }

    /// <summary>Opens the private key. The caller disposes it.</summary>
    public ECDsa OpenKey()
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(PrivateKey, out _);
        return key;
    }
}

// Nulls are left out: generated code would write a key that is null as an empty one.
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(IdentityFile))]
internal sealed partial class IdentityJson : JsonSerializerContext;
