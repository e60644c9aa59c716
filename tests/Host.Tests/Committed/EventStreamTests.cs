using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Committed;

public sealed class EventStreamTests
{
    [Test]
    public void Results_of_jobs_do_not_stay_with_the_events_that_are_kept_or_wait_for_a_listener()
    {
        var events = new EventStream();
        using var slow = events.Listen(static _ => true);
        var results = new List<WeakReference>();
        PublishResults(events, 500, results);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(results.Count(result => result.IsAlive), Is.Zero);
        Assert.That(slow.Events.Count, Is.EqualTo(500), "the events themselves wait");
        GC.KeepAlive(events);
    }

    [Test]
    public void Who_waits_for_a_job_gets_its_result()
    {
        var events = new EventStream();
        using var waiting = events.Listen(static _ => true, withResults: true);
        events.Publish(Succeeded(RawJson.Parse("7")));
        Assert.That(waiting.Events.TryRead(out var ended), Is.True);
        Assert.That(ended.Happened.Result.ToString(), Is.EqualTo("7"));
    }

    [Test]
    public void Long_lines_of_logs_push_older_events_out_and_a_listener_is_told_of_the_gap()
    {
        const int Characters = 64 * 1024;
        var events = new EventStream();
        for (var i = 0; i < 300; i++)
        {
            var line = new LogEntry(i, 1, default, "info", new string('x', Characters));
            events.Publish(
                new Happened("job.log", "default", i.ToString(CultureInfo.InvariantCulture), default, Lines: [line])
            );
        }

        using var late = events.Listen(static _ => true, after: 0);
        Assert.That(late.HasGap, Is.True);
        Assert.That(late.Events.Count, Is.EqualTo(EventStream.HeldBytesMax / (Characters * sizeof(char))));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PublishResults(EventStream events, int count, List<WeakReference> results)
    {
        for (var i = 0; i < count; i++)
        {
            var result = RawJson.Parse($"\"{new string('r', 1_000)}\"");
            MemoryMarshal.TryGetArray(result.Utf8, out var segment);
            results.Add(new WeakReference(segment.Array));
            events.Publish(Succeeded(result));
        }
    }

    private static Happened Succeeded(RawJson result) =>
        new("job.succeeded", "default", "job", default, Result: result);
}
