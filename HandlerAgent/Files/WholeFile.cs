namespace ScheduleZero.HandlerAgent.Files;

/// <summary>Files that only their owner may read, each there as a whole or not at all.</summary>
internal static class WholeFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>On the disk when it returns: what was there before stays until what comes after is whole.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
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

    /// <param name="draft">Whole, and flushed to the disk.</param>
    public static void PutInPlace(string draft, string path)
    {
        File.Move(draft, path, overwrite: true);
        Folders.FlushToDisk(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public static FileStreamOptions Options(FileMode mode, FileAccess access, FileShare share)
    {
        // Without a buffer: what was written is with the system.
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
