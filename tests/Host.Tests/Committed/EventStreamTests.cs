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

    [TestCase("it", 1)]
    [TestCase("other", 0)]
    public void Pauses_of_a_method_are_events_of_the_method(string method, int count)
    {
        var events = new EventStream();
        events.Publish(Happening("handler.online"));
        events.Publish(Happening("method.paused"));
        using var late = events.Listen(Default with { Method = method }, after: 0, newest: 10);
        Assert.That(late.Held.Events.Count, Is.EqualTo(count));
        events.Publish(Happening("method.resumed"));
        Assert.That(late.Events.Count, Is.EqualTo(count));
    }

    [Test]
    public void Lines_of_logs_are_not_held_and_push_no_event_out()
    {
        var events = new EventStream(eventsHeld: 4);
        events.Publish(Happening("job.failed"));
        for (var i = 0; i < 300; i++)
        {
            var line = new LogEntry(i, 1, default, "info", "said");
            events.Publish(Happening("job.log") with { Lines = [line] });
        }

        using var late = events.Listen(Default, after: 0, newest: 0);
        Assert.That(late.Held.Events.Select(held => held.Type), Is.EqualTo(new[] { "job.failed" }));
        Assert.That((late.Held.HasGap, late.Held.WholeSince), Is.EqualTo((false, (DateTimeOffset?)null)));
    }

    [Test]
    public void A_namespace_holds_its_newest_events_and_says_from_when_on_it_has_all()
    {
        var events = new EventStream(eventsHeld: 4);
        for (var minute = 0; minute < 6; minute++)
        {
            events.Publish(Happening("handler.online") with { At = Noon.AddMinutes(minute) });
        }

        using var late = events.Listen(Default, after: null, newest: 3);
        using var resumed = events.Listen(Default, after: 1, newest: 0);
        using var inTime = events.Listen(Default, after: 2, newest: 0);
        Assert.Multiple(() =>
        {
            Assert.That(late.Held.Events.Select(held => held.Number), Is.EqualTo(new[] { 4L, 5, 6 }));
            Assert.That(late.Held.WholeSince, Is.EqualTo(Noon.AddMinutes(1)));
            Assert.That(resumed.Held.HasGap, Is.True);
            Assert.That((inTime.Held.HasGap, inTime.Held.Events.Count), Is.EqualTo((false, 4)));
        });
    }

    [Test]
    public void A_busy_namespace_gives_way_before_a_quiet_one()
    {
        var events = new EventStream();
        var detail = new string('x', 4_096);
        events.Publish(Happening("job.failed", "quiet"));
        var busy = new[] { "busy-1", "busy-2", "busy-3" };
        for (var i = 0; i < 2_000; i++)
        {
            foreach (var ns in busy)
            {
                events.Publish(Happening("job.failed", ns) with { Detail = detail });
            }
        }

        using var quiet = events.Listen(new EventChoice("quiet"), after: 0, newest: 0);
        Assert.That((quiet.Held.Events.Count, quiet.Held.HasGap), Is.EqualTo((1, false)));
        var held = busy.Sum(ns =>
        {
            using var late = events.Listen(new EventChoice(ns), after: 0, newest: 0);
            Assert.That(late.Held.HasGap, Is.True);
            return late.Held.Events.Sum(happened => happened.Bytes);
        });
        Assert.That(held, Is.GreaterThan(EventStream.HeldBytesMax / 3).And.LessThanOrEqualTo(EventStream.HeldBytesMax));
    }

    [Test]
    public void Nothing_is_held_of_a_namespace_that_was_deleted()
    {
        var events = new EventStream();
        events.Publish(Happening("job.failed"));
        events.Publish(Happening("job.failed", "other"));
        events.Forget("default");
        using var successor = events.Listen(Default, after: null, newest: 10);
        using var other = events.Listen(new EventChoice("other"), after: null, newest: 10);
        Assert.That((successor.Held.Events.Count, other.Held.Events.Count), Is.EqualTo((0, 1)));
    }

    private static readonly DateTimeOffset Noon = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly EventChoice Default = new("default");

    private static Happened Happening(string type, string ns = "default") => new(type, ns, "it", Noon);

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
