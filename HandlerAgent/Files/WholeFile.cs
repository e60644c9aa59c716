namespace ScheduleZero.HandlerAgent.Files;

/// <summary>Writes files that only their owner may read, each as a whole or not at all.</summary>
internal static class WholeFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Writes a file, which is on the disk when the method returns. The content before stays until the new one is
    /// whole.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var draft = DraftOf(path);
        try
        {
            using (var stream = new FileStream(draft, Options(FileMode.CreateNew, FileAccess.Write, FileShare.None)))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            PutInPlace(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    public static string DraftOf(string path) => $"{path}.{Guid.NewGuid():N}.tmp";

    public static bool IsDraft(string path) => path.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>Puts a draft in the place of a file.</summary>
    /// <param name="draft">The path of a whole file that is flushed to the disk.</param>
    public static void PutInPlace(string draft, string path)
    {
        File.Move(draft, path, overwrite: true);
        Folders.FlushToDisk(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public static FileStreamOptions Options(FileMode mode, FileAccess access, FileShare share)
    {
        // The file has no buffer, so that written bytes are with the system at once.
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = access,
            Share = share,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}
