using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// A process and all its children, ended together. The program is started through <c>setsid</c>, which makes a session of its own and then
/// becomes the program under the same process id: there is no moment in which a child could be outside the group, as there is when the
/// group is set from here after the start. A child that makes a session of its own escapes; cgroups would be needed to hold it. If the
/// agent itself is killed, its commands go on to their end.
/// </summary>
internal sealed partial class ProcessGroup : IDisposable
{
    private const int SignalTerminate = 15;
    private const int SignalKill = 9;
    private const int NoSuchProcess = 3;

    private static readonly string? SetSid = OperatingSystem.IsWindows() ? null : Executables.Find("setsid");

    private ProcessGroup(Process process)
    {
        Process = process;
        Id = process.Id;
    }

    public Process Process { get; }

    private int Id { get; }

    /// <summary>Whether commands can be started here: on Unix the program <c>setsid</c> (util-linux, busybox) is needed.</summary>
    public static bool IsSupported => OperatingSystem.IsWindows() || SetSid is not null;

    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    public static ProcessGroup Start(ProcessStartInfo start)
    {
        if (SetSid is not null)
        {
            start.ArgumentList.Insert(0, start.FileName);
            start.FileName = SetSid;
        }

        return new ProcessGroup(Process.Start(start) ?? throw new Win32Exception("The process did not start."));
    }

    public void Terminate() => Signal(SignalTerminate);

    /// <summary>Also ends children that outlived the program itself.</summary>
    public void Kill() => Signal(SignalKill);

    public void Dispose() => Process.Dispose();

    private void Signal(int signal)
    {
        if (OperatingSystem.IsWindows())
        {
            KillTree();
            return;
        }

        // Nobody in the group: either all are gone, or setsid has not made it yet and is still the process alone.
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
            // It ended meanwhile.
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
