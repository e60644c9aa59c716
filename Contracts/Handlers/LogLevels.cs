namespace ScheduleZero.Contracts.Handlers;

/// <summary>The levels of lines in a job's log.</summary>
public static class LogLevels
{
    public const string Trace = "trace";
    public const string Debug = "debug";
    public const string Information = "information";
    public const string Warning = "warning";
    public const string Error = "error";
    public const string Critical = "critical";

    /// <summary>All levels, the lowest first.</summary>
    public static IReadOnlyList<string> All { get; } = [Trace, Debug, Information, Warning, Error, Critical];

    /// <summary>The level itself when it is known; <c>information</c> otherwise.</summary>
    public static string Known(string? level) => level is not null && RankOf(level) is not null ? level : Information;

    /// <summary>The place of a level among all levels, the lowest with 0; null for a word that is no level.</summary>
    public static int? RankOf(string level)
    {
        for (var rank = 0; rank < All.Count; rank++)
        {
            if (All[rank] == level)
            {
                return rank;
            }
        }

        return null;
    }
}
