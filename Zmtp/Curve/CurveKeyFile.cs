using System.Globalization;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// The files that hold keys of CURVE, in the form that CZMQ and pyzmq write: a section <c>curve</c> with
/// <c>public-key</c> and, in a secret file, <c>secret-key</c>, each 40 characters of Z85 in quotes.
/// </summary>
internal static class CurveKeyFile
{
    private const string PublicName = "public-key";
    private const string SecretName = "secret-key";

    /// <summary>A key file is far shorter.</summary>
    private const int BytesMax = 64 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a new file that only its owner may read (mode 0600).</summary>
    /// <exception cref="IOException">The file exists already, or cannot be written.</exception>
    public static void Create(string path, CurveKeyPair pair, DateTimeOffset now)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            // From the first byte on: a mode that is set later leaves a moment in which others can read.
            options.UnixCreateMode = OwnerOnly;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                #   A CURVE key pair, made {now:yyyy-MM-dd}. Keep this file secret; its public key may be shown to anybody.
                metadata
                curve
                    {PublicName} = "{pair.Public.Text}"
                    {SecretName} = "{pair.SecretText}"

                """
            )
        );
    }

    /// <summary>Reads a key pair.</summary>
    /// <exception cref="IOException">The file cannot be read, others may read it, or it holds no key pair. The message
    /// says which.</exception>
    public static CurveKeyPair ReadPair(string path)
    {
        RequireOwnerOnly(path);
        var text = Read(path);
        if (Find(text, SecretName) is not { } secret || !Z85.TryDecode(secret, out var bytes) || bytes.Length != 32)
        {
            throw new IOException($"{path} holds no secret CURVE key: 'schedulezero curve create' makes such a file.");
        }

        var pair = CurveKeyPair.OfSecret(bytes);
        return Find(text, PublicName) is not { } shown || shown == pair.Public.Text
            ? pair
            : throw new IOException($"The public and the secret CURVE key in {path} do not belong together.");
    }

    /// <summary>
    /// Reads the public key of a file, which may hold the secret one too, or nothing but the text of the key.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read, or holds no public key.</exception>
    public static CurvePublicKey ReadPublic(string path)
    {
        var text = Read(path);
        return CurvePublicKey.TryParse(Find(text, PublicName) ?? text.Trim(), out var key)
            ? key
            : throw new IOException($"{path} holds no public CURVE key.");
    }

    /// <summary>
    /// Reads the public key that a server must have, from a file that nobody but its owner may write.
    /// </summary>
    /// <exception cref="IOException">
    /// The file cannot be read, others may write it, or it holds no public key.
    /// </exception>
    public static CurvePublicKey ReadPinned(string path)
    {
        var key = ReadPublic(path);
        TrustFile.RequireOwnerWritesAlone(path);
        return key;
    }

    private static string Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= BytesMax
                ? File.ReadAllText(path)
                : throw new IOException($"{path} is too long for a file with a CURVE key.");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static string? Find(string text, string name)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (
                line.StartsWith(name, StringComparison.Ordinal)
                && line[name.Length..].Trim() is ['=', .. var value]
                && value.Trim() is ['"', .. var quoted, '"']
            )
            {
                return quoted;
            }
        }

        return null;
    }

    private static void RequireOwnerOnly(string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path))
        {
            return;
        }

        if ((File.GetUnixFileMode(path) & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0)
        {
            throw new IOException($"Others may read the secret CURVE key in {path}: chmod 600 it.");
        }
    }
}
