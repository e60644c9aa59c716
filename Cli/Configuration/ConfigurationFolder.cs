namespace ScheduleZero.Cli.Configuration;

/// <summary>
/// The folder of a person's settings: <c>$XDG_CONFIG_HOME/schedulezero</c>, or else <c>~/.config/schedulezero</c>; on
/// Windows <c>schedulezero</c> in the roaming application data.
/// </summary>
internal static class ConfigurationFolder
{
    /// <summary>The path of a file in the folder.</summary>
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

    /// <summary>Makes the folder that a file lies in, if it is missing, for its owner only.</summary>
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
