namespace ScheduleZero.Testing.Time;

/// <summary>
/// The actions that are still to happen, in order of virtual time; those due at the same instant happen in the order in
/// which they were added. One thread takes steps; any thread may add actions.
/// </summary>
internal sealed class Agenda
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Action, (long At, long Order)> _entries = new();
    private long _order;
    private long _now;

    /// <summary>The steady time of the world, which only goes forward.</summary>
    public TimeSpan Now => new(Volatile.Read(ref _now));

    public void In(TimeSpan delay, Action happens) =>
        At(Now + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay), happens);

    public void At(TimeSpan when, Action happens)
    {
        lock (_gate)
        {
            _entries.Enqueue(happens, (Math.Max(when.Ticks, _now), ++_order));
        }
    }

    /// <summary>Runs the next action, if it is due before the instant; false when none is.</summary>
    public bool Step(TimeSpan until)
    {
        Action happens;
        lock (_gate)
        {
            if (!_entries.TryPeek(out _, out var next) || next.At > until.Ticks)
            {
                _now = Math.Max(until.Ticks, _now);
                return false;
            }

            _now = next.At;
            happens = _entries.Dequeue();
        }

        happens();
        return true;
    }
}
