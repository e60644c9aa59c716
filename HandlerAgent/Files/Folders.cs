using System.Runtime.InteropServices;

namespace ScheduleZero.HandlerAgent.Files;

/// <summary>
/// Makes folders, flushes their own entries to the disk (otherwise a power cut may undo a rename), and says who may
/// write to them.
/// </summary>
internal static partial class Folders
{
    private const int ReadOnly = 0;

    /// <summary>
    /// Makes the folder, for its owner only, and missing folders above it. An existing folder stays as it is.
    /// </summary>
    /// <exception cref="IOException">The system refused.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be made.</exception>
    public static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(folder, ownerOnly);
        }
    }

    /// <summary>
    /// Whether others on this machine may write there. In a folder with the sticky bit, such as /tmp, others may add
    /// files but not change ours.
    /// </summary>
    public static bool OthersMayWrite(string path) =>
        !OperatingSystem.IsWindows()
        && File.GetUnixFileMode(path) is var mode
        && (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0
        && (mode & UnixFileMode.StickyBit) == 0;

    /// <summary>Flushes the entries of a folder to the disk.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static void FlushToDisk(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // On Windows a rename is in the journal of the file system.
        }

        var handle = Open(folder, ReadOnly);
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
