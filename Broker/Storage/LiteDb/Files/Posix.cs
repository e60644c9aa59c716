using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>Calls of the operating system that .NET does not have, or whose errors it hides.</summary>
internal static partial class Posix
{
    private const int ReadOnly = 0;
    private const int FullSync = 51; // F_FULLFSYNC
    private const int ExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB

    /// <summary>
    /// Flushes a file to the disk. On Unix .NET's own flush reports success even when the kernel said no.
    /// </summary>
    /// <exception cref="IOException">The kernel could not promise that the bytes are on disk.</exception>
    public static void Sync(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        // On macOS only this call reaches the disk itself; a file system without it still has the plain one.
        if (OperatingSystem.IsMacOS() && FileControl(file, FullSync) == 0)
        {
            return;
        }

        var result = OperatingSystem.IsMacOS() ? FileSync(file) : FileDataSync(file);
        if (result != 0)
        {
            throw LastError("flush to disk");
        }
    }

    /// <summary>Makes the names in a folder outlive a power cut. Windows does so by itself.</summary>
    public static void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = OpenPath(path, ReadOnly);
        if (descriptor < 0)
        {
            throw LastError($"open the folder {path}");
        }

        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        if (FileSync(folder) != 0)
        {
            throw LastError($"flush the folder {path} to disk");
        }
    }

    /// <summary>
    /// Locks the file for this process; false when another process holds the lock. Windows locks by the way a file is
    /// opened.
    /// </summary>
    public static bool TryLock(SafeFileHandle file) => OperatingSystem.IsWindows() || FileLock(file, ExclusiveNow) == 0;

    private static IOException LastError(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Could not {what}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).");
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FileDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FileSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(SafeFileHandle file, int command);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FileLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags);
}
