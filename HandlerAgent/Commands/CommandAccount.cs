using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>The account of the machine under which a command runs, where that is not the agent's own.</summary>
internal sealed partial record CommandAccount(string Name, uint Uid, uint Gid, string Home)
{
    private static readonly TimeSpan LookUpMax = TimeSpan.FromSeconds(10);

    /// <summary>Reads the name of an account, and looks the account up.</summary>
    /// <exception cref="ConfigException">There is no such account, or the agent may not become it.</exception>
    public static CommandAccount Read(YamlPart part)
    {
        var name = part.Text();
        if (!OperatingSystem.IsLinux())
        {
            throw part.Wrong("running a command as another account is done on Linux only");
        }

        if (!AccountName().IsMatch(name) || Find(name) is not { } account)
        {
            throw part.Wrong($"this machine has no account \"{name}\"");
        }

        return Environment.IsPrivilegedProcess || name == Environment.UserName
            ? account
            : throw part.Wrong(
                $"only an agent that runs as root can run commands as {name}; this one runs as {Environment.UserName}"
            );
    }

    /// <summary>Makes a file or folder belong to the account.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public void Give(string path)
    {
        if (chown(path, Uid, Gid) != 0)
        {
            throw new IOException($"{path} cannot be given to account {Name}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    // getent also asks the directories that a machine takes its accounts from, which /etc/passwd does not show.
    private static CommandAccount? Find(string name)
    {
        using var getent = Process.Start(
            new ProcessStartInfo("getent", ["passwd", name]) { RedirectStandardOutput = true }
        )!;
        var line = getent.StandardOutput.ReadLine();
        if (!getent.WaitForExit(LookUpMax))
        {
            getent.Kill();
            throw new ConfigException(
                "user",
                $"looking up account {name} took longer than {LookUpMax.TotalSeconds:0} s"
            );
        }

        return line?.Split(':') is [_, _, var uid, var gid, _, var home, ..]
            ? new CommandAccount(
                name,
                uint.Parse(uid, CultureInfo.InvariantCulture),
                uint.Parse(gid, CultureInfo.InvariantCulture),
                home
            )
            : null;
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.@-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AccountName();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint owner, uint group);
}
