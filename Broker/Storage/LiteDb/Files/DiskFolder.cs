using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>
/// A real folder. The folder is locked for as long as it is open, and has a ballast: bytes without meaning that are
/// given back to a full disk at the end, so that the next start has room to recover.
/// </summary>
internal sealed class DiskFolder : IDurableFolder
{
    private const string LockName = "broker.lock";
    private const string PidName = "broker.pid";
    private const string BallastName = "ballast";

    private readonly string _path;
    private readonly SafeFileHandle _lock;
    private readonly long _ballastBytes;

    private DiskFolder(string path, SafeFileHandle held, long ballastBytes)
    {
        _path = path;
        _lock = held;
        _ballastBytes = ballastBytes;
    }

    /// <summary>Opens the folder, and makes it if it is not there.</summary>
    /// <exception cref="StoreTakenException">Another process has the folder.</exception>
    /// <exception cref="StoreFailedException">The folder cannot be made, or not be written to; or others may write to
    /// it.</exception>
    public static DiskFolder Open(string path, long ballastBytes, ILogger logger)
    {
        path = Path.GetFullPath(path);
        try
        {
            return Make(path, ballastBytes, logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreFailedException(
                $"The store in {path} cannot be opened: {e.Message} Check the disk (space, health, mount) and "
                    + "who may write there, or give the Broker another folder.",
                e
            );
        }
    }

    public long? FreeBytes
    {
        get
        {
            try
            {
                return AvailableBytes();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null; // The next write finds out what else the error means.
            }
        }
    }

    public bool Has(string name) => File.Exists(Path.Combine(_path, name));

    public IDurableFile Open(string name)
    {
        var file = DiskFile.Open(Path.Combine(_path, name));
        Posix.SyncFolder(_path);
        return file;
    }

    public void Dispose()
    {
        if (IsShort)
        {
            File.Delete(Path.Combine(_path, BallastName));
        }

        _lock.Dispose();
    }

    // Whether the disk is short of space: then the ballast is worth more as free space.
    private bool IsShort => _ballastBytes > 0 && AvailableBytes() < _ballastBytes;

    private static DiskFolder Make(string path, long ballastBytes, ILogger logger)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        FolderModes.Check(path, logger);
        var folder = new DiskFolder(path, AcquireLock(path), ballastBytes);
        try
        {
            if (folder.IsShort)
            {
                // A process that was killed could not give the ballast back; with it there is no room to recover in.
                File.Delete(Path.Combine(path, BallastName));
            }

            WritePid(path);
            folder.LayBallast(logger);
        }
        catch
        {
            folder.Dispose();
            throw;
        }

        return folder;
    }

    private static SafeFileHandle AcquireLock(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            // Opening without sharing also locks by itself, where the platform can. The lock is asked for once more
            // because .NET passes over file systems that cannot.
            handle = DiskFile.OpenHandle(Path.Combine(path, LockName), FileShare.None);
            if (!Posix.TryLock(handle))
            {
                throw new IOException("The lock is held.");
            }
        }
        catch (IOException e)
        {
            var isHeld = handle is not null || IsHeldElsewhere(e);
            handle?.Dispose();
            if (isHeld)
            {
                throw new StoreTakenException(
                    $"The store in {path} is in use by process {ReadPid(path)}. Stop that process, or give "
                        + "this one another folder."
                );
            }

            throw;
        }

        return handle;
    }

    // The pid stands in a file beside the lock, since a locked file cannot be read everywhere.
    private static void WritePid(string path)
    {
        using var pid = DiskFile.OpenHandle(Path.Combine(path, PidName), FileShare.ReadWrite);
        RandomAccess.SetLength(pid, 0);
        RandomAccess.Write(
            pid,
            Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)),
            0
        );
    }

    // The numbers are EWOULDBLOCK of Linux and macOS, and ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows.
    // Any other error is the disk's.
    private static bool IsHeldElsewhere(IOException e) => (e.HResult & 0xFFFF) is 11 or 35 or 32 or 33;

    private static string ReadPid(string path)
    {
        var pid = Path.Combine(path, PidName);
        return File.Exists(pid) ? File.ReadAllText(pid) : "(unknown)";
    }

    private void LayBallast(ILogger logger)
    {
        var path = Path.Combine(_path, BallastName);
        if (_ballastBytes <= 0 || (File.Exists(path) && new FileInfo(path).Length >= _ballastBytes))
        {
            return;
        }

        if (AvailableBytes() < 4 * _ballastBytes)
        {
            logger.DiskNearlyFull(_path, AvailableBytes());
            return;
        }

        using var file = DiskFile.Open(path);
        var chunk = new byte[64 * 1024];
        for (var position = 0L; position < _ballastBytes; position += chunk.Length)
        {
            file.Write(position, chunk);
        }

        file.Sync();
    }

    private long AvailableBytes() => new DriveInfo(_path).AvailableFreeSpace;
}
