using System.Globalization;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>
/// The bound on file descriptors that the system has set for this process, and how many of them a listener leaves to
/// the rest of the process. The bound is read when the object is made: reading it needs a descriptor, so it must not
/// wait for the moment when there is none.
/// </summary>
/// <param name="reserve">
/// How many descriptors connections leave to the rest of the process. Without them the runtime cannot open a file or
/// make a thread, and ends the process.
/// </param>
internal sealed class FileDescriptors(int reserve = FileDescriptors.Reserve)
{
    /// <summary>How many descriptors a listener leaves to the process unless it is told otherwise.</summary>
    public const int Reserve = 256;

    private const string LimitsFile = "/proc/self/limits";

    /// <summary>The most file descriptors; null where the system does not say, or sets no bound.</summary>
    public int? Max { get; } = ReadMax();

    /// <summary>Whether a new connection takes one of the descriptors that stay in reserve.</summary>
    /// <param name="descriptor">The connection's own descriptor. The system gives the lowest number that is free, so a
    /// high number means that most are taken.</param>
    public bool IsOfReserve(nint descriptor) => Max is { } max && descriptor >= max - reserve;

    private static int? ReadMax()
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
