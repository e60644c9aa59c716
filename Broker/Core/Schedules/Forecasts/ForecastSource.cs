namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>
/// The instants of all schedules that are due at the same instants, computed once for all of them, a stretch at a time.
/// </summary>
internal sealed class ForecastSource
{
    private const int StepsMax = 256;

    private readonly Forecasted _timing;
    private readonly long _end;
    private long _next;
    private long _left;
    private long _holdsUntil;

    public ForecastSource(Forecasted timing, DateTimeOffset from, DateTimeOffset to)
    {
        _timing = timing;
        _end = Math.Min(to.UtcTicks, timing.To is { } last ? last.UtcTicks + 1 : long.MaxValue);
        _left = timing.Most ?? long.MaxValue;
        var start = timing.From > from ? timing.From.Value : from;
        Go(_left > 0 && start.UtcTicks < _end ? timing.Clock.Next(start, inclusive: true) : null);
    }

    public Forecasted Timing => _timing;

    /// <summary>The number of schedules that are due at these instants.</summary>
    public int Members { get; set; }

    /// <summary>
    /// The handlers and keys that the schedules' jobs need, with the number of schedules that need each.
    /// </summary>
    public Dictionary<ForecastGroup, int> Groups { get; } = [];

    /// <summary>The seconds of the newest stretch with instants, each as often as it has instants.</summary>
    public List<ushort> Seconds { get; } = [];

    public long Count { get; private set; }

    public long First { get; private set; }

    public long Last { get; private set; }

    /// <summary>Computes the next stretch.</summary>
    /// <param name="from">The start of the stretch, in ticks of UTC.</param>
    /// <param name="to">The end of the stretch, which is not part of it, in ticks of UTC.</param>
    /// <returns>How many instants were passed, those that are excluded too.</returns>
    public int Advance(long from, long to)
    {
        Seconds.Clear();
        var looked = 0;
        for (; _next < to; looked++)
        {
            if (!_timing.Exclusions.IsEmpty && _next >= _holdsUntil && Leap())
            {
                continue;
            }

            Seconds.Add((ushort)((_next - from) / TimeSpan.TicksPerSecond));
            First = Count++ == 0 ? _next : First;
            Last = _next;
            Go(--_left > 0 ? _timing.Clock.Next(new DateTimeOffset(_next, TimeSpan.Zero), inclusive: false) : null);
        }

        return looked;
    }

    // Leaps over an excluded stretch; false when the next instant is not excluded.
    private bool Leap()
    {
        var at = new DateTimeOffset(_next, TimeSpan.Zero);
        var steps = StepsMax;
        var free = _timing.Exclusions.FirstFree(at, ref steps);
        if (free == at)
        {
            _holdsUntil = _timing.Exclusions.HoldsUntil(at).UtcTicks;
            return false;
        }

        Go(free is { } then ? _timing.Clock.Next(then, inclusive: true) : null);
        return true;
    }

    private void Go(DateTimeOffset? next) => _next = next is { } at && at.UtcTicks < _end ? at.UtcTicks : long.MaxValue;
}
