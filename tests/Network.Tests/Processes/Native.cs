using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ScheduleZero.Network.Tests.Processes;

internal static partial class Native
{
    private const int CloneNewNet = 0x40000000;
    private const int SignalTerminate = 15;

    /// <summary>
    /// Moves the calling thread into a network namespace. Everything that the thread opens afterwards is in that
    /// namespace.
    /// </summary>
    public static void EnterNetwork(SafeFileHandle network) => Require(SetNs(network, CloneNewNet));

    public static void Terminate(int processId) => Require(Kill(processId, SignalTerminate));

    private static void Require(int result)
    {
        if (result != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNs(SafeFileHandle network, int kind);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
