using ScheduleZero.Contracts;

namespace ScheduleZero.Cli.Configuration;

/// <summary>Reads and writes API keys, and other secrets, in files that only their owner may read.</summary>
internal static class KeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the API key that a file holds. Warns if others may read the file.</summary>
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

    /// <summary>Makes sure that a text is an API key. The message of a refusal never holds the text.</summary>
    /// <param name="source">What gave the text, in words for people.</param>
    /// <exception cref="UsageException">The text is no API key.</exception>
    public static string RequireKey(string text, string source) =>
        ApiKey.TryParse(text, out _)
            ? text
            : throw new UsageException(
                $"{source} holds no API key of the form szk_<12 hex>_<43 characters>; was it cut?"
            );

    public static void WarnIfOthersRead(string path, Terminal terminal)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0)
        {
            terminal.Error.WriteLine(
                $"warning: others on this machine may read {path}; mend it with: chmod 600 {path}"
            );
        }
    }

    /// <summary>
    /// Makes sure that a file can be written, before something is made that is shown only once. A file that exists
    /// stays as it is.
    /// </summary>
    /// <exception cref="UsageException">The file cannot be written; the message says why.</exception>
    public static void RequireWritable(string path)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException($"{path} is a folder; name a file. Nothing was done.");
        }

        try
        {
            var draft = DraftOf(path);
            using var file = new FileStream(draft, DraftOptions());
            try
            {
                // One byte is written, since an empty file fits on a full disk.
                file.WriteByte(0);
                file.Flush(flushToDisk: true);
            }
            finally
            {
                file.Dispose();
                File.Delete(draft);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be written: {e.Message} Nothing was done.");
        }
    }

    /// <summary>Writes a file whole or not at all. From the first byte on, only the owner may read the file.</summary>
    public static void Write(string path, string text)
    {
        var draft = DraftOf(path);
        try
        {
            using (var writer = new StreamWriter(draft, DraftOptions()))
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

    private static string DraftOf(string path) => $"{path}.{Guid.NewGuid():N}.tmp";

    private static FileStreamOptions DraftOptions()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}
