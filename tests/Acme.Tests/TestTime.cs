using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace ScheduleZero.Acme.Tests;

/// <summary>Time in which short pauses, those between polls, pass at once. Longer ones are shown to the test, which
/// moves the time. Time-outs of requests (30 s) do not pass.</summary>
internal sealed class TestTime() : FakeTimeProvider(TimeProvider.System.GetUtcNow())
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortMax = TimeSpan.FromSeconds(15);

    private readonly Channel<TimeSpan> _sleeps = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>When the last long pause that began will end.</summary>
    public DateTimeOffset SleepEnd { get; private set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime <= TimeSpan.Zero || dueTime == RequestTimeout)
        {
            return timer;
        }

        if (dueTime <= ShortMax)
        {
            ThreadPool.QueueUserWorkItem(_ => Advance(dueTime));
        }
        else
        {
            SleepEnd = GetUtcNow() + dueTime;
            _sleeps.Writer.TryWrite(dueTime);
        }

        return timer;
    }

    /// <summary>The next long pause that somebody began.</summary>
    public async Task<TimeSpan> NextSleepAsync() =>
        await _sleeps.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}
