namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>Looks programs up, once, at start.</summary>
internal static class Executables
{
    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>An absolute path as it is, a bare name by PATH; null when no executable file is there.</summary>
    public static string? Find(string name) =>
        Path.IsPathRooted(name)
            ? IsExecutable(name)
                ? name
                : null
            : (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Where(Path.IsPathRooted)
                .Select(folder => Path.Combine(folder, name))
                .FirstOrDefault(IsExecutable);

    private static bool IsExecutable(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyExecute) != 0);
}
