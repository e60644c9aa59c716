namespace ScheduleZero.Certificates;

/// <summary>Reads files with certificates, keys and passwords.</summary>
internal static class GuardedFile
{
    /// <summary>More than any chain of certificates has.</summary>
    private const int BytesMax = 1024 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Reads a whole file.</summary>
    /// <param name="isSecret">Whether the file is refused when others may read it.</param>
    /// <exception cref="IOException">
    /// The file cannot be read, is too long, or holds a secret that others may read.
    /// </exception>
    public static byte[] Read(string path, bool isSecret)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            if (length > BytesMax)
            {
                throw new IOException($"{path} is too long for a file with a certificate, a key or a password.");
            }

            // The mode is asked of the open file, so that it is that of the very bytes that are read.
            if (isSecret && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(handle) & ~OwnerOnly) != 0)
            {
                throw new IOException($"Others may read the secret in {path}: chmod 600 it.");
            }

            var bytes = new byte[length];
            var have = 0;
            while (RandomAccess.Read(handle, bytes.AsSpan(have), have) is > 0 and var read)
            {
                have += read;
            }

            return bytes[..have];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or NotSupportedException)
        {
            throw new IOException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
