namespace ScheduleZero.HandlerAgent.Files;

/// <summary>Locks a file against other processes.</summary>
internal static class FileLock
{
    /// <summary>Takes the lock, which is held until it is disposed or the process ends.</summary>
    /// <exception cref="IOException">Another process holds the lock, or the file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be made.</exception>
    public static IDisposable Acquire(string path) =>
        new FileStream(path, WholeFile.Options(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
}
