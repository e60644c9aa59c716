namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>A handler or a concurrency key that the jobs of several schedules need.</summary>
public sealed class ForecastGroup(bool isHandler, string name, int limit)
{
    public bool IsHandler => isHandler;

    public string Name => name;

    /// <summary>How many jobs may start in one second before others wait.</summary>
    public int Limit { get; internal set; } = limit;

    /// <summary>The number of schedules whose jobs need the handler or key.</summary>
    public int Schedules { get; internal set; }

    /// <summary>The number of those schedules that have a jitter.</summary>
    public int WithJitter { get; internal set; }

    /// <summary>The number of seconds in which more jobs start than the limit.</summary>
    public long Collisions { get; internal set; }

    /// <summary>The second in which the most jobs start.</summary>
    public DateTimeOffset WorstAt { get; internal set; }

    /// <summary>The number of jobs that start in the worst second.</summary>
    public long WorstStarts { get; internal set; }

    /// <summary>The sources with starts in the newest stretch.</summary>
    internal List<ForecastSource> Due { get; } = [];
}
