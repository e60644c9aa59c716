namespace ScheduleZero.Broker.Core.Audit;

/// <summary>
/// How many refusals a minute get an event of their own; the others are only counted. Whoever may be refused for
/// nothing could fill a disk otherwise.
/// </summary>
/// <param name="perMinute">Counted in windows of a minute that begin with a refusal.</param>
public sealed class RefusalBudget(int perMinute)
{
    private TimeSpan? _windowEnd;
    private int _taken;
    private long _missed;

    /// <summary>False: this one gets no event. It has been counted.</summary>
    public bool TryTake(TimeSpan now)
    {
        if (_windowEnd is not { } end || now >= end)
        {
            _windowEnd = now + TimeSpan.FromMinutes(1);
            _taken = 0;
        }

        if (_taken < perMinute)
        {
            _taken++;
            return true;
        }

        Miss();
        return false;
    }

    /// <summary>Counts some that got no event for another reason.</summary>
    public void Miss(long count = 1) => _missed += count;

    /// <summary>Those that got none, once their minute is over; 0 until then. They are forgotten here.</summary>
    public long TakeMissed(TimeSpan now)
    {
        if (now < _windowEnd)
        {
            return 0;
        }

        var missed = _missed;
        _missed = 0;
        return missed;
    }
}
