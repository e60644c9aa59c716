namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// Knows when the lease of the session ends, as far as the handler's side can know. Safe from any thread.
/// </summary>
internal sealed class LeaseClock(TimeProvider time)
{
    /// <summary>The end of the lease as ticks of UTC; only ever moves forward.</summary>
    private long _deadlineTicks;

    /// <summary>When the lease ends; long past before the first session.</summary>
    public DateTimeOffset Deadline => new(Interlocked.Read(ref _deadlineTicks), TimeSpan.Zero);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Moves the end of the lease.</summary>
    /// <param name="from">
    /// When the renewal was sent, and not when it was answered: the lease at the Broker never ends before that instant
    /// plus its length.
    /// </param>
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
