namespace ScheduleZero.Simulation.Time;

/// <summary>The clocks of one machine: the steady one goes with the world, the wall's may be wrong and may be set.</summary>
/// <param name="run">Runs what a timer fires, where the machine's code runs.</param>
internal sealed class MachineClock(Agenda agenda, Action<Action> run) : TimeProvider
{
    /// <summary>A minute before the clocks of Europe go forward.</summary>
    public static readonly DateTimeOffset Start = new(2026, 3, 29, 0, 59, 0, TimeSpan.Zero);

    public TimeSpan Skew { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Start + agenda.Now + Skew;

    public override long GetTimestamp() => agenda.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(MachineClock clock, TimerCallback callback, object? state) : ITimer
    {
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock.Plan(dueTime, () => Fire(version, period));
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int version, TimeSpan period)
        {
            if (version != _version)
            {
                return;
            }

            if (period > TimeSpan.Zero)
            {
                Change(period, period);
            }

            callback(state);
        }
    }

    private void Plan(TimeSpan delay, Action fire) => agenda.In(delay, () => run(fire));
}
