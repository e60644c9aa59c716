using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>Schedules share equal triggers, specs and names in memory, and nothing else.</summary>
public sealed class SharingTests
{
    private static readonly TriggerRequest Daily = new()
    {
        Kind = TriggerKinds.Cron,
        Expression = "0 2 * * *",
        TimeZone = "Europe/Berlin",
    };

    // A schedule as a store reads it: no two of its texts are the same object.
    private static Schedule Stored(int number) =>
        new()
        {
            Id = new ScheduleId(new Guid(number, 7, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0)),
            Namespace = Fresh("default"),
            Name = $"schedule-{number}",
            Version = 1,
            Trigger = new TriggerRequest
            {
                Kind = Fresh(TriggerKinds.Cron),
                Expression = $"0 {number % 60} 2 * * *",
                TimeZone = Fresh("Europe/Berlin"),
            },
            Job = new JobSpec { Method = Fresh("reports.render"), Tags = [Fresh("nightly")] },
            Params = RawJson.Parse("{}"),
            NextNominal = Stage.Noon.AddHours(12),
            CreatedAt = Stage.Noon,
            ChangedAt = Stage.Noon,
            CreatedBy = Fresh("key:3f2a9c1d77e0"),
            ChangedBy = Fresh("key:3f2a9c1d77e0"),
        };

    private static string Fresh(string text) => new(text.AsSpan());

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    [Test]
    [NonParallelizable]
    public void A_schedule_that_says_nothing_new_takes_less_than_a_kilobyte()
    {
        const int Count = 20_000;
        var core = new BrokerCore(new CoreOptions());
        // Restores one schedule first, so that the offsets of the zone are in memory before anything is counted.
        Restore(first: 0, count: 1);
        var before = Memory();
        Restore(first: 1, Count);
        var each = (Memory() - before) / Count;
        GC.KeepAlive(core);
        TestContext.Out.WriteLine($"{each} bytes each");
        Assert.That(each, Is.LessThan(1_000));
        return;

        // The method is not inlined, so that the stored state does not stay alive in the frame of the test.
        [MethodImpl(MethodImplOptions.NoInlining)]
        void Restore(int first, int count) =>
            core.Restore(
                new StoredState { Schedules = [.. Enumerable.Range(first, count).Select(Stored)] },
                new Moment(Stage.Noon, TimeSpan.Zero)
            );
    }

    [Test]
    public void Schedules_that_say_the_same_share_it()
    {
        var stage = new Stage();
        var first = ScheduleTests.Save(stage, ScheduleTests.Draft(Daily with { }, "a"));
        var second = ScheduleTests.Save(stage, ScheduleTests.Draft(Daily with { }, "bb"));
        Assert.That(second.Trigger, Is.SameAs(first.Trigger));
        Assert.That(second.Job, Is.SameAs(first.Job));
    }

    [Test]
    public void Those_that_differ_in_a_zone_or_a_tag_keep_their_own()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(Daily, "a"));
        var other = ScheduleTests.Draft(Daily with { TimeZone = "Asia/Tokyo" }, "bb") with
        {
            Job = new JobSpec { Method = "m", Tags = ["x"] },
        };
        var saved = ScheduleTests.Save(stage, other);
        Assert.That(saved.Trigger.TimeZone, Is.EqualTo("Asia/Tokyo"));
        Assert.That(saved.NextNominal, Is.EqualTo(Stage.Noon.AddHours(5)));
        Assert.That(saved.Job.Tags, Is.EqualTo(new[] { "x" }));
    }

    [Test]
    public void Params_are_shared_up_to_256_bytes_and_a_spec_unless_only_one_schedule_can_have_it()
    {
        var interner = new ScheduleInterner();
        Schedule[] Twice(Func<Schedule, Schedule> with) =>
            [Intern(interner, with(Stored(1))), Intern(interner, with(Stored(2)))];

        foreach (var (length, areShared) in new[] { (255, true), (256, true), (257, false) })
        {
            var pair = Twice(schedule =>
                schedule with
                {
                    Params = RawJson.Parse($"\"{new string('x', length - 2)}\""),
                }
            );
            Assert.That(pair[0].Params, Is.EqualTo(pair[1].Params));
            Assert.That(ReferenceEquals(BytesOf(pair[0]), BytesOf(pair[1])), Is.EqualTo(areShared), $"{length} bytes");
        }

        foreach (
            var (spec, areShared) in new[]
            {
                (new JobSpec { Method = "m" }, true),
                (new JobSpec { Method = "m", DeduplicationKey = "k" }, false),
                (new JobSpec { Method = "m", StartDeadline = Stage.Noon }, false),
            }
        )
        {
            var pair = Twice(schedule => schedule with { Job = spec with { } });
            Assert.That(pair[0].Job, Is.EqualTo(pair[1].Job));
            Assert.That(ReferenceEquals(pair[0].Job, pair[1].Job), Is.EqualTo(areShared), $"{spec}");
        }
    }

    [Test]
    public void What_far_more_schedules_have_held_than_there_are_is_forgotten()
    {
        var interner = new ScheduleInterner();
        var first = Intern(interner, Stored(0));
        for (var number = 1; number <= 2_000; number++)
        {
            Intern(
                interner,
                Stored(number) with
                {
                    Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = $"{number}" },
                    Job = new JobSpec { Method = $"m{number}" },
                    Params = RawJson.Parse($"{number}"),
                    CreatedBy = $"key:{number}",
                }
            );
        }

        var again = Intern(interner, Stored(0));
        Assert.That(again.Trigger, Is.EqualTo(first.Trigger).And.Not.SameAs(first.Trigger));
        Assert.That(again.Job, Is.Not.SameAs(first.Job));
        Assert.That(BytesOf(again), Is.Not.SameAs(BytesOf(first)));
        Assert.That(again.CreatedBy, Is.EqualTo(first.CreatedBy).And.Not.SameAs(first.CreatedBy));
    }

    private static Schedule Intern(ScheduleInterner interner, Schedule schedule)
    {
        var clock = TriggerClock.Never;
        return interner.Intern(schedule, ref clock, schedules: 1);
    }

    private static byte[] BytesOf(Schedule schedule) =>
        MemoryMarshal.TryGetArray(schedule.Params.Utf8, out var bytes) ? bytes.Array! : [];

    [Test]
    public void An_interval_counts_from_its_own_schedules_creation()
    {
        var stage = new Stage();
        var everyHour = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromHours(1) };
        ScheduleTests.Save(stage, ScheduleTests.Draft(everyHour, "a"));
        stage.Advance(TimeSpan.FromMinutes(20));
        var second = ScheduleTests.Save(stage, ScheduleTests.Draft(everyHour, "bb"));
        Assert.That(second.NextNominal, Is.EqualTo(Stage.Noon.AddMinutes(20)));
        stage.Restart();
        stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(
            stage.Look(state => state.FindSchedule("default", "bb"))!.NextNominal,
            Is.EqualTo(Stage.Noon.AddMinutes(80))
        );
    }
}
