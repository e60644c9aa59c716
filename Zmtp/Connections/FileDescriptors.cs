using System.Globalization;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>The bound on file descriptors that the system has set for this process.</summary>
internal static class FileDescriptors
{
    private const string LimitsFile = "/proc/self/limits";

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
