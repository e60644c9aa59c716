namespace ScheduleZero.Bridge.Connections;

/// <summary>
/// A token bucket for the messages of one connection, which arrive one after the other. The bucket has no timer: it
/// fills when it is asked.
/// </summary>
internal sealed class FrameBudget(int perSecond, int burst, TimeProvider time)
{
    private double _left = burst;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Uses up one message's share; false when there is none left.</summary>
    public bool TrySpend()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(burst, _left + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
        if (_left < 1)
        {
            return false;
        }

        _left--;
        return true;
    }
}
