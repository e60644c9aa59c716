using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// A process and all its children, ended together. The program is started through <c>setsid</c>, which makes a session
/// of its own, and through a shell that runs a fixed script: it waits for a word on its input, sets the umask, and
/// becomes the program under the same process id. So there is no moment in which a child could be outside the group,
/// and none in which the program runs before whoever is to end it knows of it. The shell never reads the program's
/// arguments. A child that makes a session of its own escapes; cgroups would be needed to hold it.
/// </summary>
internal sealed partial class ProcessGroup : IDisposable
{
    private const int SignalTerminate = 15;
    private const int SignalKill = 9;
    private const int NoSuchProcess = 3;

    // 125 is what env, nohup and others answer when they fail before the program begins.
    private const string Script =
        """[ -z "$1" ] || umask "$1"; shift; IFS= read -r word && [ "$word" = begin ] || exit 125; unset word OLDPWD SHLVL; exec "$@" """;

    private static readonly byte[] BeginWord = "begin\n"u8.ToArray();

    private ProcessGroup(Process process)
    {
        Process = process;
        Id = process.Id;
    }

    public static string? SetSid { get; } = OperatingSystem.IsWindows() ? null : Executables.Find("setsid");

    public Process Process { get; }

    public int Id { get; }

    /// <summary>
    /// Whether commands can be started here: on Unix the program <c>setsid</c> (util-linux, busybox) is needed.
    /// </summary>
    public static bool IsSupported => OperatingSystem.IsWindows() || SetSid is not null;

    /// <summary>
    /// Makes the process. The program itself begins with <see cref="BeginAsync"/>, except on Windows, where it begins
    /// at once.
    /// </summary>
    /// <param name="umask">The umask in octal; null for that of the agent.</param>
    /// <exception cref="Win32Exception">The process cannot be made.</exception>
    public static ProcessGroup Start(ProcessStartInfo start, string? umask)
    {
        if (SetSid is not null)
        {
            string[] first = ["/bin/sh", "-c", Script, "sh", umask ?? "", start.FileName];
            for (var i = 0; i < first.Length; i++)
            {
                start.ArgumentList.Insert(i, first[i]);
            }

            start.FileName = SetSid;
        }

        return new ProcessGroup(Process.Start(start) ?? throw new Win32Exception("The process did not start."));
    }

    /// <summary>
    /// Lets the program begin, writes its input, and closes the input. Ends early when the program does not read.
    /// </summary>
    /// <param name="giveUp">Ends the feeding of a pipe that nobody reads.</param>
    public async Task BeginAsync(ReadOnlyMemory<byte> input, CancellationToken giveUp)
    {
        var stream = Process.StandardInput.BaseStream;
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                await stream.WriteAsync(BeginWord, giveUp);
            }

            await stream.WriteAsync(input, giveUp);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The program did not want to read it all; its exit code says whether that is well.
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    public void Terminate() => Signal(SignalTerminate);

    /// <summary>Kills the program, and children that outlived it.</summary>
    public void Kill() => Signal(SignalKill);

    public void Dispose()
    {
        Process.StandardOutput.Dispose();
        Process.StandardError.Dispose();
        Process.Dispose();
    }

    private void Signal(int signal)
    {
        if (OperatingSystem.IsWindows())
        {
            KillTree();
            return;
        }

        // The group is empty: either all have ended, or setsid has not made the group yet and runs alone.
        if (kill(-Id, signal) != 0 && Marshal.GetLastPInvokeError() == NoSuchProcess && !Process.HasExited)
        {
            _ = kill(Id, signal);
        }
    }

    private void KillTree()
    {
        try
        {
            Process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // The process has ended meanwhile.
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
