namespace ScheduleZero.HandlerAgent.Files;

internal static class FileLock
{
    /// <summary>Held until it is disposed, or the process ends.</summary>
    /// <exception cref="IOException">Somebody else holds it, or the file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be made.</exception>
    public static IDisposable Take(string path) =>
        new FileStream(path, WholeFile.Options(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
}
