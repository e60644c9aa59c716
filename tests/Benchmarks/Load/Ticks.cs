using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Arrays of instants in a file. On Linux <see cref="Stopwatch"/> reads CLOCK_MONOTONIC, which is the same in every
/// process.
/// </summary>
internal static class Ticks
{
    public static long[] Read(string file) => MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(file)).ToArray();

    public static void Write(string file, params long[][] arrays)
    {
        using var stream = File.Create(file);
        foreach (var array in arrays)
        {
            stream.Write(MemoryMarshal.AsBytes(array.AsSpan()));
        }
    }

    public static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
