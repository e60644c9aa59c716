using System.Runtime.InteropServices;

namespace ScheduleZero.Acme.Files;

/// <summary>Files that only their owner may read (mode 0600), each written whole or not at all.</summary>
internal static partial class SecretFile
{
    /// <summary>A chain of certificates has some 10 KiB.</summary>
    private const int BytesMax = 1024 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int OpenReadOnly = 0;

    /// <summary>Writes a file, which is on the disk when the method returns. The content before stays until the new one
    /// is whole.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, string text)
    {
        var draft = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(draft, Options(FileMode.CreateNew, FileAccess.Write)))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            Move(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Puts a file in the place of another, and flushes the folder: otherwise a power cut could undo the move,
    /// or do a later one without it.</summary>
    public static void Move(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Reads a file; null when there is none.</summary>
    /// <exception cref="IOException">The file cannot be read, or others may read it.</exception>
    public static string? Read(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            {
                throw new IOException($"Others may read or change {path}, which is secret: chmod 600 it.");
            }

            return new FileInfo(path).Length <= BytesMax
                ? File.ReadAllText(path)
                : throw new IOException($"{path} is longer than {BytesMax} bytes.");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Makes a folder for its owner only. An existing folder stays as it is.</summary>
    public static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Opens a file that one process at a time can have open.</summary>
    /// <exception cref="IOException">Another process has it open.</exception>
    public static FileStream Lock(string path) => new(path, Options(FileMode.OpenOrCreate, FileAccess.ReadWrite));

    private static FileStreamOptions Options(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = access,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
        {
            // From the first byte on: a mode that is set later leaves a moment in which others can read.
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // On Windows a rename is in the journal of the file system.
        }

        var handle = Open(folder, OpenReadOnly);
        if (handle < 0)
        {
            throw new IOException($"{folder} cannot be opened (error {Marshal.GetLastPInvokeError()}).");
        }

        var outcome = Flush(handle);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (outcome != 0)
        {
            throw new IOException($"{folder} cannot be flushed to the disk (error {error}).");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
