namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>
/// The instants of all schedules that are due at the same ones, worked out once and a stretch at a time.
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

    /// <summary>How many schedules it stands for.</summary>
    public int Members { get; set; }

    /// <summary>Handlers and keys that its schedules want, with how many of them want each.</summary>
    public Dictionary<ForecastGroup, int> Groups { get; } = [];

    /// <summary>The seconds of the newest stretch in which it is due, once for each time.</summary>
    public List<ushort> Seconds { get; } = [];

    public long Count { get; private set; }

    public long First { get; private set; }

    public long Last { get; private set; }

    /// <summary>Goes on to the end of a stretch. Returns how many instants were looked at.</summary>
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

    // Over an excluded stretch. False when there is none.
    private bool Leap()
    {
        var at = new DateTimeOffset(_next, TimeSpan.Zero);
        var steps = StepsMax;
        var free = _timing.Exclusions.FirstFree(at, ref steps);
        if (free == at && steps > 0)
        {
            _holdsUntil = _timing.Exclusions.HoldsUntil(at).UtcTicks;
            return false;
        }

        Go(free is { } then && then.UtcTicks < _end ? _timing.Clock.Next(then, inclusive: then > at) : null);
        return true;
    }

    private void Go(DateTimeOffset? next) => _next = next is { } at && at.UtcTicks < _end ? at.UtcTicks : long.MaxValue;
}
