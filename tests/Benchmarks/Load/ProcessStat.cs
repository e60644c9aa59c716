using System.Globalization;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>One line of Linux about a process.</summary>
/// <param name="Begun">When the process began, in ticks since the machine's start: a number that is used again begins
/// later.</param>
/// <param name="Ticks">User and system time, in ticks.</param>
/// <param name="TicksOfEnded">The same of its children that have ended.</param>
internal sealed record ProcessStat(int Process, int Parent, long Begun, long Ticks, long TicksOfEnded)
{
    public static ProcessStat Read(int process)
    {
        var fields = File.ReadAllText($"/proc/{process}/stat");
        // The program's name stands in brackets and may contain blanks.
        var rest = fields[(fields.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessStat(process, (int)Field(1), Field(19), Field(11) + Field(12), Field(13) + Field(14));

        long Field(int index) => long.Parse(rest[index], CultureInfo.InvariantCulture);
    }

    /// <summary>Reads the line; null when there is no such process, or no longer.</summary>
    public static ProcessStat? TryRead(int process)
    {
        try
        {
            return Read(process);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
