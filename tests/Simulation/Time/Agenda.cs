namespace ScheduleZero.Simulation.Time;

/// <summary>All that is still to happen, in order of virtual time; what is due at the same instant happens in the order in which it was put down.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action, (long At, long Order)> _entries = new();
    private long _order;

    /// <summary>The steady time of the world: it only goes forward.</summary>
    public TimeSpan Now { get; private set; }

    public void In(TimeSpan delay, Action happens) => At(Now + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay), happens);

    public void At(TimeSpan when, Action happens) => _entries.Enqueue(happens, (Math.Max(when.Ticks, Now.Ticks), ++_order));

    /// <summary>Lets the next thing happen, if it is due before the instant; false when nothing is.</summary>
    public bool Step(TimeSpan until)
    {
        if (!_entries.TryPeek(out _, out var next) || next.At > until.Ticks)
        {
            Now = until > Now ? until : Now;
            return false;
        }

        Now = new TimeSpan(next.At);
        _entries.Dequeue()();
        return true;
    }
}
