using ScheduleZero.Contracts;

namespace ScheduleZero.Cli.Configuration;

/// <summary>API keys in files that only their owner may read.</summary>
internal static class KeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="UsageException">The file is missing, unreadable, or holds no key.</exception>
    public static string Read(string path, Terminal terminal)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The key file cannot be read: {e.Message}");
        }

        WarnIfOthersRead(path, terminal);
        return RequireKey(text.Trim(), path);
    }

    /// <summary>Never with the text itself in the message.</summary>
    public static string RequireKey(string text, string source) => ApiKey.TryParse(text, out _)
        ? text
        : throw new UsageException($"{source} holds no API key of the form szk_<12 hex>_<43 characters>; was it cut?");

    public static void WarnIfOthersRead(string path, Terminal terminal)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0)
        {
            terminal.Error.WriteLine($"warning: others on this machine may read {path}; mend it with: chmod 600 {path}");
        }
    }

    /// <summary>Writes all or nothing, readable by the owner only from its first byte on.</summary>
    public static void Write(string path, string text)
    {
        var draft = $"{path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            using (var writer = new StreamWriter(draft, options))
            {
                writer.Write(text);
            }

            File.Move(draft, path, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
