using System.Runtime.InteropServices;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// A clock of the processor time that the calling thread has used: on a busy machine a thread may wait for seconds and
/// compute for a moment. Where the system does not tell, it is the wall clock.
/// </summary>
internal sealed partial class ThreadTime : TimeProvider
{
    private const int ThreadClockOfLinux = 3;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private ThreadTime() { }

    /// <summary>The clock for threads on this machine.</summary>
    public static TimeProvider Instance { get; } =
        OperatingSystem.IsLinux() && Environment.Is64BitProcess ? new ThreadTime() : System;

    public override long TimestampFrequency => NanosecondsPerSecond;

    public override long GetTimestamp() =>
        clock_gettime(ThreadClockOfLinux, out var now) == 0
            ? (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds
            : throw new InvalidOperationException("The system does not tell the time of a thread.");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int clock_gettime(int clock, out Instant time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Instant
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
