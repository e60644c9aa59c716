namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>Looks up programs when the agent starts.</summary>
internal static class Executables
{
    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Finds a program by its absolute path, or by its name in PATH; null when there is none.</summary>
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
