using System.Runtime.Versioning;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// Files that say whom to trust: whoever can write one lets himself in, so nobody but the owner may.
/// </summary>
internal static class TrustFile
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>
    /// Checks that others may write neither the file nor its folder, in which they could replace it. A file that is not
    /// there passes. Behind a link, its target counts too.
    /// </summary>
    /// <exception cref="IOException">Others may write there. The message says where, and what to do.</exception>
    public static void RequireOwnerWritesAlone(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var target = TargetOf(path);
        if (!File.Exists(target))
        {
            return;
        }

        Require(path, target);
        foreach (var file in new[] { Path.GetFullPath(path), target })
        {
            Require(path, Path.GetDirectoryName(file)!);
        }
    }

    /// <summary>The file itself, or where a link leads at last.</summary>
    /// <exception cref="IOException">The link cannot be followed.</exception>
    public static string TargetOf(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Path.GetFullPath(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} cannot be read: {e.Message}", e);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void Require(string path, string written)
    {
        // In a folder with the sticky bit, such as /tmp, others cannot replace the file.
        var mode = File.GetUnixFileMode(written);
        if ((mode & OthersWrite) != 0 && (mode & UnixFileMode.StickyBit) == 0)
        {
            throw new IOException(
                $"Others on this machine may write to {written}, so the keys in {path} are not trusted: look at them, "
                    + $"then chmod go-w {written}."
            );
        }
    }
}
