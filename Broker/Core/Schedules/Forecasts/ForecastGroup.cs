namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>A handler or a concurrency key that several schedules want.</summary>
public sealed class ForecastGroup(bool isHandler, string name, int limit)
{
    public bool IsHandler => isHandler;

    public string Name => name;

    /// <summary>Jobs that may start at once before others wait.</summary>
    public int Limit { get; internal set; } = limit;

    public int Schedules { get; internal set; }

    public int WithJitter { get; internal set; }

    /// <summary>Seconds in which more are due than the limit.</summary>
    public long Collisions { get; internal set; }

    /// <summary>The second in which most are due.</summary>
    public DateTimeOffset WorstAt { get; internal set; }

    public long WorstStarts { get; internal set; }

    /// <summary>Sources that were due in the newest stretch.</summary>
    internal List<ForecastSource> Due { get; } = [];
}
