using Microsoft.Extensions.Logging;

namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>
/// Checks who may reach the data folder and every file in it: nothing that others could have written is trusted, and
/// nothing is left for others to read.
/// </summary>
internal static class FolderModes
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OthersAnything =
        OthersWrite
        | UnixFileMode.GroupRead
        | UnixFileMode.OtherRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherExecute;

    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    /// <summary>Checks the permissions of the folder and its files.</summary>
    /// <exception cref="StoreFailedException">Others may write to the folder, or to something in it.</exception>
    public static void Check(string folder, ILogger logger)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        RefuseIfOthersWrite(folder, File.GetUnixFileMode(folder));
        foreach (var path in Directory.EnumerateFileSystemEntries(folder, "*", Everything))
        {
            var mode = File.GetUnixFileMode(path);
            RefuseIfOthersWrite(path, mode);
            if ((mode & OthersAnything) != 0)
            {
                File.SetUnixFileMode(path, mode & ~OthersAnything);
                logger.ClosedToOthers(path);
            }
        }
    }

    private static void RefuseIfOthersWrite(string path, UnixFileMode mode)
    {
        if ((mode & OthersWrite) != 0)
        {
            throw new StoreFailedException(
                $"Others on this machine may write to {path}, so nothing in it is trusted. Look at what it "
                    + "holds, then mend it "
                    + $"with: chmod -R go-rwx {path}; or give the Broker a folder of its own."
            );
        }
    }
}
