namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>When the session's lease runs out, as far as this side can know. Safe from any thread.</summary>
internal sealed class LeaseClock(TimeProvider time)
{
    private long _deadlineTicks;

    public DateTimeOffset Deadline => new(Interlocked.Read(ref _deadlineTicks), TimeSpan.Zero);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <param name="from">When the renewal was sent, not when it was answered: the Broker's lease never ends before
    /// that plus its length.</param>
    public void Renew(DateTimeOffset from, TimeSpan lease)
    {
        var next = (from + lease).UtcTicks;
        long seen;
        while (next > (seen = Interlocked.Read(ref _deadlineTicks)))
        {
            Interlocked.CompareExchange(ref _deadlineTicks, next, seen);
        }
    }
}
