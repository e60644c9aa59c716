namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>
/// A forecast of what schedules would do over a range of time. The range is computed ten minutes at a time, so that the
/// memory does not grow with it. A forecast that has passed as many instants as it may ends early, and says where. Jobs
/// are assumed to start when they are due: the caller deals with overlap and misfire policies and with paused
/// schedules.
/// </summary>
public sealed class Forecast
{
    private const int SecondsAtOnce = 600;
    private const int PeaksMax = 10;

    private readonly Dictionary<string, ForecastSource> _sources = new(StringComparer.Ordinal);
    private readonly Dictionary<(bool IsHandler, string Name), ForecastGroup> _groups = [];
    private readonly IReadOnlyList<Forecasted> _schedules;
    private readonly List<long> _hours = [];
    private readonly List<(DateTimeOffset At, long Starts)> _peaks = [];
    private readonly int[] _second = new int[SecondsAtOnce];

    private Forecast(IReadOnlyList<Forecasted> schedules, DateTimeOffset from, DateTimeOffset to)
    {
        _schedules = schedules;
        From = from;
        Until = from;
        foreach (var schedule in schedules)
        {
            Add(schedule, from, to);
        }
    }

    public DateTimeOffset From { get; }

    /// <summary>The end of the part of the range that was computed.</summary>
    public DateTimeOffset Until { get; private set; }

    /// <summary>The number of starts of jobs.</summary>
    public long Starts => _hours.Sum();

    /// <summary>The number of starts in each hour of the range.</summary>
    public IReadOnlyList<long> Hours => _hours;

    /// <summary>The seconds with the most starts, the one with the most first.</summary>
    public IReadOnlyList<(DateTimeOffset At, long Starts)> Peaks => _peaks;

    /// <summary>The handlers and keys for which more jobs start at once than may run, worst first.</summary>
    public IReadOnlyList<ForecastGroup> Collisions =>
        [
            .. _groups
                .Values.Where(group => group.Collisions > 0)
                .OrderByDescending(group => group.WorstStarts)
                .ThenByDescending(group => group.Collisions)
                .ThenBy(group => group.Name, StringComparer.Ordinal),
        ];

    /// <summary>Computes a forecast.</summary>
    /// <param name="from">The start of the range, a whole second.</param>
    /// <param name="instantsMax">About how many instants the forecast may pass.</param>
    /// <param name="isOver">Called now and then; the forecast ends early when the answer is true.</param>
    public static Forecast Run(
        IReadOnlyList<Forecasted> schedules,
        DateTimeOffset from,
        DateTimeOffset to,
        long instantsMax,
        Func<bool> isOver
    )
    {
        var forecast = new Forecast(schedules, from, to);
        var left = instantsMax;
        while (forecast.Until < to && left > 0 && !isOver())
        {
            left -= forecast.Advance(to, isOver);
        }

        return forecast;
    }

    /// <summary>How often a schedule is due in the range, and when first and last.</summary>
    public (long Starts, DateTimeOffset? First, DateTimeOffset? Last) Of(Forecasted schedule) =>
        _sources[schedule.Timing] is { Count: > 0 } source
            ? (
                source.Count,
                new DateTimeOffset(source.First, TimeSpan.Zero),
                new DateTimeOffset(source.Last, TimeSpan.Zero)
            )
            : (0, null, null);

    /// <summary>The names of some schedules whose jobs need a handler or key in a second.</summary>
    public IReadOnlyList<string> NamesAt(ForecastGroup group, DateTimeOffset second, int max) =>
        [
            .. _schedules
                .Where(schedule =>
                    (group.IsHandler ? schedule.Handler : schedule.Key) == group.Name && IsDueIn(schedule, second)
                )
                .Take(max)
                .Select(schedule => schedule.Name),
        ];

    private static bool IsDueIn(Forecasted schedule, DateTimeOffset second) =>
        schedule.Clock.Next(second, inclusive: true) is { } next
        && next < second.AddSeconds(1)
        && !(schedule.From > next)
        && !(schedule.To < next)
        && schedule.Exclusions.ReasonAt(next) is null;

    private void Add(Forecasted schedule, DateTimeOffset from, DateTimeOffset to)
    {
        if (!_sources.TryGetValue(schedule.Timing, out var source))
        {
            _sources[schedule.Timing] = source = new ForecastSource(schedule, from, to);
        }

        source.Members++;
        Join(source, schedule, isHandler: true, schedule.Handler, 1);
        Join(source, schedule, isHandler: false, schedule.Key, schedule.Limit);
    }

    private void Join(ForecastSource source, Forecasted schedule, bool isHandler, string? name, int limit)
    {
        if (name is null)
        {
            return;
        }

        if (!_groups.TryGetValue((isHandler, name), out var group))
        {
            _groups[(isHandler, name)] = group = new ForecastGroup(isHandler, name, limit);
        }

        group.Schedules++;
        group.WithJitter += schedule.HasJitter ? 1 : 0;
        group.Limit = Math.Min(group.Limit, limit);
        source.Groups[group] = source.Groups.GetValueOrDefault(group) + 1;
    }

    private long Advance(DateTimeOffset to, Func<bool> isOver)
    {
        var end = Until.AddSeconds(SecondsAtOnce) is var next && next < to ? next : to;
        if (Until == From.AddHours(_hours.Count))
        {
            _hours.Add(0);
        }

        long looked = 1;
        var wanted = new List<ForecastGroup>();
        foreach (var source in _sources.Values)
        {
            var steps = source.Advance(Until.UtcTicks, end.UtcTicks);
            looked += steps;
            if (steps > 0)
            {
                Count(source, wanted);
                if (steps >= SecondsAtOnce && isOver())
                {
                    return looked; // The stretch is not complete, but nobody wants the result any more.
                }
            }
        }

        NotePeaks();
        foreach (var group in wanted)
        {
            NoteCollisions(group);
        }

        Until = end;
        return looked;
    }

    private void Count(ForecastSource source, List<ForecastGroup> wanted)
    {
        _hours[^1] += (long)source.Seconds.Count * source.Members;
        foreach (var second in source.Seconds)
        {
            _second[second] += source.Members;
        }

        foreach (var group in source.Groups.Keys)
        {
            if (group.Schedules > 1)
            {
                if (group.Due.Count == 0)
                {
                    wanted.Add(group);
                }

                group.Due.Add(source);
            }
        }
    }

    private void NotePeaks()
    {
        for (var second = 0; second < SecondsAtOnce; second++)
        {
            var starts = _second[second];
            _second[second] = 0;
            if (starts > 1 && (_peaks.Count < PeaksMax || starts > _peaks[^1].Starts))
            {
                var place = _peaks.FindIndex(peak => peak.Starts < starts);
                _peaks.Insert(place < 0 ? _peaks.Count : place, (Until.AddSeconds(second), starts));
                if (_peaks.Count > PeaksMax)
                {
                    _peaks.RemoveAt(PeaksMax);
                }
            }
        }
    }

    private void NoteCollisions(ForecastGroup group)
    {
        foreach (var source in group.Due)
        {
            var weight = source.Groups[group];
            foreach (var second in source.Seconds)
            {
                _second[second] += weight;
            }
        }

        for (var second = 0; second < SecondsAtOnce; second++)
        {
            var starts = _second[second];
            _second[second] = 0;
            if (starts > group.Limit)
            {
                group.Collisions++;
                if (starts > group.WorstStarts)
                {
                    (group.WorstStarts, group.WorstAt) = (starts, Until.AddSeconds(second));
                }
            }
        }

        group.Due.Clear();
    }
}
