namespace ScheduleZero.Testing.Time;

/// <summary>
/// The clocks of one machine: the steady clock goes with the world, the wall clock may be wrong and may be set.
/// </summary>
/// <param name="run">Runs an action of a timer where the machine's code runs.</param>
/// <param name="start">The instant that the wall clock shows when the world begins.</param>
internal class MachineClock(Agenda agenda, Action<Action> run, DateTimeOffset start) : TimeProvider
{
    public TimeSpan Skew { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => start + agenda.Now + Skew;

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
            var version = Interlocked.Increment(ref _version);
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock.Plan(dueTime, () => Fire(version, period));
            }

            return true;
        }

        public void Dispose() => Interlocked.Increment(ref _version);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int version, TimeSpan period)
        {
            if (version != Volatile.Read(ref _version))
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
