using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Scenarios;

/// <summary>What people do with schedules, over a day or a weekend of virtual time.</summary>
public sealed class ScenarioTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private int _schedules;

    private Schedule Draft(string name, TriggerRequest trigger) =>
        new()
        {
            Id = new ScheduleId(
                new Guid(1, 1, 0x7000, 0x80, 0, 0, 0, 0, 0, (byte)(++_schedules >> 8), (byte)_schedules)
            ),
            Namespace = "default",
            Name = name,
            Version = 0,
            Trigger = trigger,
            Job = new JobSpec { Method = "ring" },
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
        };

    private static TriggerRequest Cron(string expression, string zone = "UTC") =>
        new()
        {
            Kind = TriggerKinds.Cron,
            Expression = expression,
            TimeZone = zone,
        };

    private static void Save(Stage stage, Schedule draft) =>
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, draft, false, null));

    // Moves the clock in coarse steps: the Core acts on a schedule only when the wall clock reaches the schedule's next
    // instant, so a day need not pass second by second.
    private static void Pass(Stage stage, TimeSpan time, TimeSpan step)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            stage.Move(step);
            stage.Do();
        }
    }

    [Test]
    public void Clock_tower()
    {
        var start = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        var stage = new Stage(at: start);
        for (var i = 1; i <= 48; i++)
        {
            Save(
                stage,
                Draft($"bong_{i}", new TriggerRequest { Kind = TriggerKinds.Once, At = start.AddMinutes(30 * i) })
            );
        }

        for (var i = 1; i <= 144; i++)
        {
            Save(
                stage,
                Draft($"chime_{i}", new TriggerRequest { Kind = TriggerKinds.Once, At = start.AddMinutes(10 * i) })
            );
        }

        Pass(stage, Day / 2, TimeSpan.FromSeconds(10));
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(24 + 72));
        stage.Restart();
        Pass(stage, Day / 4, TimeSpan.FromSeconds(10));
        foreach (
            var bong in stage
                .Look(state => state.Schedules("default"))
                .Where(schedule => schedule.Name.StartsWith("bong_", StringComparison.Ordinal))
        )
        {
            stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(
                ticket,
                Stage.Editor,
                "default",
                bong.Name
            ));
        }

        Pass(stage, Day / 4, TimeSpan.FromSeconds(10));
        var made = stage.Kept.Made.ConvertAll(job => job.Occurrence!.Schedule);
        Assert.That(made, Is.Unique);
        Assert.That(made.Count(name => name.StartsWith("chime_", StringComparison.Ordinal)), Is.EqualTo(144));
        Assert.That(
            made.Where(name => name.StartsWith("bong_", StringComparison.Ordinal)),
            Is.EquivalentTo(Enumerable.Range(1, 36).Select(i => $"bong_{i}"))
        );
        Assert.That(stage.Kept.Missed, Is.Empty);
    }

    [TestCase("2026-03-29", "2026-03-29T01:00:00Z")] // The clock never shows 02:00: the job runs right after the gap.
    // The clock shows 02:00 twice: the job runs at the first of the two.
    [TestCase("2026-10-25", "2026-10-25T00:00:00Z")]
    public void Two_o_clock_in_Berlin_on_a_night_when_the_clocks_change(string night, string expected)
    {
        var midnight = DateTimeOffset.Parse($"{night}T00:00:00Z").AddHours(-3);
        var stage = new Stage(at: midnight);
        Save(stage, Draft("nightly", Cron("0 2 * * *", "Europe/Berlin")));
        Pass(stage, TimeSpan.FromHours(12), TimeSpan.FromSeconds(10));
        Assert.That(
            stage.Kept.Made.Select(job => job.Occurrence!.Nominal),
            Is.EqualTo(new[] { DateTimeOffset.Parse(expected) })
        );
    }

    [Test]
    public void A_broker_that_was_down_from_1_55_to_2_10_catches_up_once(
        [Values("2026-03-29", "2026-10-25", "2026-06-01")] string night
    )
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var due = DateTimeOffset.Parse($"{night}T00:00:00Z");
        due = due.AddHours(night == "2026-03-29" ? 1 : 2 - zone.GetUtcOffset(due.AddHours(-1)).TotalHours);
        var stage = new Stage(at: due.AddHours(-2));
        Save(stage, Draft("nightly", Cron("0 2 * * *", "Europe/Berlin")));
        Pass(stage, TimeSpan.FromMinutes(115), TimeSpan.FromSeconds(10));
        Assert.That(stage.Kept.Made, Is.Empty);
        stage.Restart(TimeSpan.FromMinutes(15));
        Pass(stage, TimeSpan.FromHours(6), TimeSpan.FromSeconds(10));
        Assert.That(
            stage.Kept.Made.Select(job => (job.Occurrence!.Nominal, job.EnqueuedAt)),
            Is.EqualTo(new[] { (due, due.AddMinutes(10) + TimeSpan.FromSeconds(10)) })
        );
        Assert.That(stage.Kept.Missed, Is.Empty);
    }

    // Sixty seconds have thirteen instants. A job that takes 12 s overlaps the next two instants.
    [TestCase(OverlapPolicy.Allow, 13, 0)]
    [TestCase(OverlapPolicy.Skip, 5, 8)]
    [TestCase(OverlapPolicy.Queue, 6, 7)]
    [TestCase(OverlapPolicy.CancelPrevious, 13, 0)]
    public void Every_five_seconds_a_job_of_twelve_under_each_overlap_policy(
        OverlapPolicy overlap,
        int made,
        int missed
    )
    {
        var stage = new Stage();
        Save(
            stage,
            Draft("busy", new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(5) }) with
            {
                Overlap = overlap,
            }
        );
        var peer = stage.Join(1, "office-7", 100, "ring");
        var begun = new HashSet<AttemptId>();
        var started = new Dictionary<AttemptId, TimeSpan>();
        for (var second = 0; second <= 60; second++)
        {
            foreach (
                var cancelled in stage
                    .SentTo<Cancel>(1)
                    .SelectMany(cancel => cancel.Attempts)
                    .Where(cancelled => started.Remove(cancelled.AttemptId))
                    .ToList()
            )
            {
                peer.Say(ReportEventTypes.Cancelled, cancelled.AttemptId);
            }

            foreach (
                var (attempt, _) in started
                    .Where(entry => stage.Elapsed - entry.Value == TimeSpan.FromSeconds(12))
                    .ToList()
            )
            {
                peer.Say(ReportEventTypes.Succeeded, attempt);
            }

            foreach (
                var attempt in peer
                    .Assigned.Where(attempt => begun.Add(attempt) && started.TryAdd(attempt, stage.Elapsed))
                    .ToList()
            )
            {
                peer.Say(ReportEventTypes.Started, attempt);
            }

            peer.Heartbeat(100, [.. started.Keys]);
            peer.Pong();
            if (second < 60)
            {
                stage.Advance(1);
            }
        }

        Assert.That((stage.Kept.Made.Count, (int)stage.Kept.Missed.Sum(row => row.Count)), Is.EqualTo((made, missed)));
        if (overlap == OverlapPolicy.CancelPrevious)
        {
            Assert.That(
                stage.Kept.Finished.Values.Select(kept => kept.Job.State),
                Is.EqualTo(Enumerable.Repeat(JobState.Cancelled, 12))
            );
        }
    }

    // Hourly, paused from Friday 18:00 to Monday 06:00: sixty instants pass. The catch-up window is one hour, or longer
    // than the pause.
    [TestCase(MisfirePolicy.None, 1, 0)]
    [TestCase(MisfirePolicy.Latest, 1, 1)]
    [TestCase(MisfirePolicy.Earliest, 1, 1)]
    [TestCase(MisfirePolicy.All, 1, 1)]
    [TestCase(MisfirePolicy.Latest, 30 * 24, 1)]
    [TestCase(MisfirePolicy.Earliest, 30 * 24, 1)]
    [TestCase(MisfirePolicy.All, 30 * 24, 60)]
    public void A_pause_over_the_weekend_under_each_misfire_policy(
        MisfirePolicy misfire,
        int windowHours,
        int madeUpFor
    )
    {
        var friday = new DateTimeOffset(2026, 6, 5, 18, 0, 0, TimeSpan.Zero);
        var stage = new Stage(at: friday.AddMinutes(-90));
        Save(
            stage,
            Draft("hourly", Cron("0 * * * *")) with
            {
                Misfire = misfire,
                CatchUpWindow = TimeSpan.FromHours(windowHours),
            }
        );
        Pass(stage, TimeSpan.FromMinutes(90.5), TimeSpan.FromSeconds(30));
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "hourly",
            "the weekend",
            null
        ));
        Pass(stage, TimeSpan.FromHours(60), TimeSpan.FromSeconds(30));
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(2), "17:00 and 18:00");
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(
            ticket,
            Stage.Editor,
            "default",
            "hourly"
        ));
        stage.Do();
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(2 + madeUpFor));
        Pass(stage, TimeSpan.FromHours(1), TimeSpan.FromSeconds(30));
        Assert.That(
            stage.Kept.Made[^1].Occurrence!.Nominal,
            Is.EqualTo(friday.AddHours(61)),
            "the schedule goes on on Monday at 07:00"
        );
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(3 + madeUpFor));
        Assert.That(
            stage.Kept.Missed.Sum(row => row.Count),
            Is.EqualTo(misfire == MisfirePolicy.None ? 0 : 60 - madeUpFor),
            "each instant that made no job is in a row"
        );
    }

    [Test]
    public void A_handler_that_is_offline_when_its_job_is_due_holds_up_nobody_and_fails_after_its_attempts()
    {
        var stage = new Stage();
        var retry = new RetryPolicy(3, BackoffKind.Exponential, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), 0);
        Save(
            stage,
            Draft("for-office-7", Cron("* * * * *")) with
            {
                MaxOccurrences = 1,
                Job = new JobSpec
                {
                    Method = "ring",
                    Handler = "office-7",
                    Retry = retry,
                },
            }
        );
        Save(
            stage,
            Draft("for-anyone", Cron("* * * * *")) with
            {
                MaxOccurrences = 1,
                Job = new JobSpec { Method = "ring" },
            }
        );
        var other = stage.Join(1, "office-8", 4, "ring");
        Assert.That(other.Assigned, Has.Count.EqualTo(1), "the job for the other handler does not wait");
        other.Say(ReportEventTypes.Succeeded, other.Assigned[0]);
        var job = stage.Kept.Made.Single(job => job.Occurrence!.Schedule == "for-office-7");
        stage.Advance(30);
        Assert.That(stage.Kept.Find(job.Id).State, Is.EqualTo(JobState.Ready), "the job waits for its handler");

        // The handler connects, and disconnects in the middle of each attempt.
        var begun = new List<(int Number, TimeSpan At)>();
        for (var connection = 2; connection <= 4; connection++)
        {
            var peer = stage.Join(connection, "office-7", 4, "ring");
            while (peer.Assigned.Count == 0)
            {
                stage.Advance(0.25);
            }

            begun.Add((stage.Kept.Find(job.Id).Current!.Number, stage.Elapsed));
            peer.Say(ReportEventTypes.Started, peer.Assigned[0]);
            stage.Do(new BrokerInput.ByeSaid(connection, "going"));
        }

        Assert.That(begun.Select(attempt => attempt.Number), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(
            begun.Zip(begun.Skip(1), (one, next) => (next.At - one.At).TotalSeconds),
            Is.EqualTo(new[] { 1d, 2d })
        );
        Assert.That(stage.Kept.Find(job.Id).State, Is.EqualTo(JobState.Failed));
        Assert.That(
            stage.Kept.Find(job.Id).Ended!.Select(attempt => attempt.Outcome),
            Is.EqualTo(Enumerable.Repeat(AttemptOutcome.Lost, 3))
        );
    }

    [Test]
    public void Five_hundred_schedules_at_the_same_second_all_start_in_it()
    {
        var stage = new Stage();
        for (var i = 0; i < 500; i++)
        {
            Save(
                stage,
                Draft($"s{i}", new TriggerRequest { Kind = TriggerKinds.Once, At = Stage.Noon.AddSeconds(30) })
            );
        }

        var peer = stage.Join(1, "office-7", 1000, "ring");
        peer.Live(TimeSpan.FromSeconds(30), 1000);
        Assert.That(stage.Kept.Made.Select(job => job.Occurrence!.Schedule), Is.Unique.And.Exactly(500).Items);
        Assert.That(peer.Assigned, Has.Count.EqualTo(500));
    }
}
