using System.Globalization;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>The bound on file descriptors that the system has set for this process.</summary>
internal static class FileDescriptors
{
    /// <summary>
    /// How many descriptors connections leave to the rest of the process. Without them the runtime cannot open a file
    /// or
    /// make a thread, and ends the process.
    /// </summary>
    public const int Reserve = 256;

    private const string LimitsFile = "/proc/self/limits";

    private static readonly int? OfProcess = Max();

    /// <summary>Whether a new connection takes one of the descriptors that stay in reserve.</summary>
    /// <param name="descriptor">The connection's own descriptor. The system gives the lowest number that is free, so a
    /// high number means that most are taken.</param>
    public static bool IsOfReserve(nint descriptor, int reserve = Reserve) =>
        OfProcess is { } max && descriptor >= max - reserve;

    /// <summary>The most file descriptors; null where the system does not say, or sets no bound.</summary>
    public static int? Max()
    {
        if (!File.Exists(LimitsFile))
        {
            return null;
        }

        var line = File.ReadLines(LimitsFile)
            .FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
            words is { Length: > 3 }
            && int.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var max)
            ? max
            : null;
    }
}
