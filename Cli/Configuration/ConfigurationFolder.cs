namespace ScheduleZero.Cli.Configuration;

/// <summary>
/// Where a person's settings are kept: <c>$XDG_CONFIG_HOME/schedulezero</c>, or under <c>~/.config</c>; on Windows
/// under the roaming application data.
/// </summary>
internal static class ConfigurationFolder
{
    public static string PathOf(string file, Terminal terminal)
    {
        var home =
            terminal.Setting("XDG_CONFIG_HOME")
            ?? (
                OperatingSystem.IsWindows()
                    ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData)
                    : Path.Combine(
                        terminal.Setting("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                        ".config"
                    )
            );
        return Path.Combine(home, "schedulezero", file);
    }

    /// <summary>Makes the file's folder, for its owner only.</summary>
    public static void Make(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(
                folder,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }
    }
}
