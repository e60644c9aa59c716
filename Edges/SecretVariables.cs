using System.Runtime.InteropServices;

namespace ScheduleZero.Edges;

/// <summary>Removes secrets that came in environment variables.</summary>
internal static partial class SecretVariables
{
    /// <summary>
    /// Removes a variable from this process's environment once it has been read. On Linux its value is also written
    /// over where the kernel shows it, in <c>/proc/PID/environ</c>, so that the processes which this one starts, and
    /// whoever else runs under its account, cannot read it there.
    /// </summary>
    public static void Erase(string name)
    {
        if (OperatingSystem.IsLinux() && getenv(name) is not 0 and var value)
        {
            for (var i = 0; Marshal.ReadByte(value, i) != 0; i++)
            {
                Marshal.WriteByte(value, i, (byte)'x');
            }
        }

        Environment.SetEnvironmentVariable(name, null);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}
