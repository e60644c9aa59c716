namespace ScheduleZero.Broker.Core.Audit;

/// <summary>
/// Limits how many refusals in a minute get an event of their own; the others are only counted. Without this limit,
/// anybody who is refused could fill the disk.
/// </summary>
/// <param name="perMinute">The limit, in windows of a minute that each begin with a refusal.</param>
public sealed class RefusalBudget(int perMinute)
{
    private TimeSpan? _windowEnd;
    private int _taken;
    private long _missed;

    /// <summary>Whether a refusal gets an event of its own. One that gets none is counted.</summary>
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

    /// <summary>Counts refusals that got no event for another reason.</summary>
    public void Miss(long count = 1) => _missed += count;

    /// <summary>
    /// Takes the number of refusals that got no event. The number is 0 until the minute is over, so that it is reported
    /// once.
    /// </summary>
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
