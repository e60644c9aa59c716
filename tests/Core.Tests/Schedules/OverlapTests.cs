using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>The overlap policies: an occurrence comes while the job of the occurrence before is unfinished.</summary>
public sealed class OverlapTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    private static Schedule Now(Stage stage) => stage.Look(state => state.FindSchedule("default", "s"))!;

    private static double? QueuedMinute(Stage stage) => (Now(stage).Queued - Stage.Noon)?.TotalMinutes;

    private static Stage With(OverlapPolicy overlap, Func<Schedule, Schedule>? change = null)
    {
        var stage = new Stage();
        var draft = ScheduleTests.Draft(EveryMinute) with { Overlap = overlap };
        ScheduleTests.Save(stage, change?.Invoke(draft) ?? draft);
        return stage;
    }

    [Test]
    public void Queue_lets_one_wait_and_makes_it_when_the_job_before_ends([Values] bool restart)
    {
        var stage = With(OverlapPolicy.Queue);
        stage.Advance(TimeSpan.FromMinutes(3));
        if (restart)
        {
            stage.Restart();
        }

        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0 }));
        Assert.That(QueuedMinute(stage), Is.EqualTo(1));
        Assert.That(ScheduleTests.MinutesMissed(stage), Is.EqualTo(new[] { 2, 3 }));

        var peer = stage.Join(1, "h", 4, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(
            ScheduleTests.MinutesMade(stage),
            Is.EqualTo(new[] { 0, 1 }),
            "the queued job is made in the same turn"
        );
        Assert.That(QueuedMinute(stage), Is.Null);
        stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(QueuedMinute(stage), Is.EqualTo(4));
    }

    [Test]
    public void A_queued_occurrence_is_made_though_the_job_before_ended_while_nobody_counted()
    {
        var stage = With(OverlapPolicy.Queue);
        stage.Advance(TimeSpan.FromMinutes(1));
        var first = stage.Kept.Made[0];
        stage.Kept.Jobs.Remove(first.Id);
        // As if the Broker had stopped after the end of the first job was on disk and before the next job was.
        stage.Kept.Finished.Add(first.Id, (first with { State = JobState.Succeeded }, default));
        stage.Restart();
        stage.Do();
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void Cancel_previous_stops_the_job_before_and_starts_when_it_has_stopped()
    {
        var stage = With(OverlapPolicy.CancelPrevious);
        var peer = stage.Join(1, "h", 4, "m");
        peer.Live(TimeSpan.FromMinutes(1), 3, peer.Assigned[0]);
        Assert.That(stage.SentTo<Cancel>(1).Single().Attempts.Single().AttemptId, Is.EqualTo(peer.Assigned[0]));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0 }), "no two jobs at a time");
        peer.Say(ReportEventTypes.Cancelled, peer.Assigned[0]);
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(stage.Kept.Find(stage.Kept.Made[0].Id).State, Is.EqualTo(JobState.Cancelled));
        Assert.That(stage.Kept.Missed, Is.Empty);
    }

    [Test]
    public void Cancel_previous_does_not_wait_beyond_the_grace()
    {
        var stage = With(OverlapPolicy.CancelPrevious);
        var peer = stage.Join(1, "h", 4, "m");
        peer.Live(TimeSpan.FromSeconds(75), 3, peer.Assigned[0]);
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void Cancel_previous_replaces_a_job_that_nobody_has_started_at_once()
    {
        var stage = With(OverlapPolicy.CancelPrevious);
        stage.Advance(TimeSpan.FromMinutes(3));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(stage.Kept.Jobs.Keys, Is.EqualTo(new[] { stage.Kept.Made[3].Id }));
    }

    [Test]
    public void Cancel_previous_lets_the_newest_wait_and_records_the_one_it_replaces()
    {
        var stage = new Stage(options: new CoreOptions { CancelGrace = TimeSpan.FromMinutes(5) });
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute) with { Overlap = OverlapPolicy.CancelPrevious });
        var peer = stage.Join(1, "h", 4, "m");
        peer.Live(TimeSpan.FromMinutes(2), 3, peer.Assigned[0]);
        Assert.That(QueuedMinute(stage), Is.EqualTo(2));
        Assert.That(ScheduleTests.MinutesMissed(stage), Is.EqualTo(new[] { 1 }));
        Assert.That(stage.Kept.Missed[0].Reason, Does.Contain("took its place"));
    }

    [Test]
    public void What_is_queued_counts_towards_the_most_occurrences()
    {
        var stage = With(OverlapPolicy.Queue, draft => draft with { MaxOccurrences = 2 });
        stage.Advance(TimeSpan.FromMinutes(3));
        Assert.That(
            (Now(stage).NextNominal, Now(stage).Occurrences, QueuedMinute(stage)),
            Is.EqualTo(((DateTimeOffset?)null, 1L, 1d))
        );
        Assert.That(stage.Kept.Missed, Is.Empty);
        var peer = stage.Join(1, "h", 4, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        stage.Advance(TimeSpan.FromMinutes(3));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(Now(stage).NextNominal, Is.Null);
    }

    [Test]
    public void What_is_queued_counts_towards_the_most_occurrences_after_an_edit_too()
    {
        Schedule Most(Schedule draft) => draft with { Overlap = OverlapPolicy.Queue, MaxOccurrences = 2 };
        var stage = With(OverlapPolicy.Queue, Most);
        stage.Advance(TimeSpan.FromMinutes(1));
        ScheduleTests.Save(stage, Most(ScheduleTests.Draft(EveryMinute)));
        Assert.That((QueuedMinute(stage), Now(stage).NextNominal), Is.EqualTo((1d, (DateTimeOffset?)null)));
    }

    [Test]
    public void What_is_queued_waits_while_paused_and_outlives_an_edit()
    {
        var stage = With(OverlapPolicy.Queue);
        stage.Advance(TimeSpan.FromMinutes(1));
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(EveryMinute) with
            {
                Paused = true,
                Misfire = MisfirePolicy.None,
            }
        );
        var peer = stage.Join(1, "h", 4, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        peer.Live(TimeSpan.FromMinutes(2), 4);
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0 }));
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"));
        Assert.That(ScheduleTests.MinutesMade(stage)[1], Is.EqualTo(1));
    }

    [Test]
    public void Jitter_moves_the_start_by_an_amount_that_stays()
    {
        var (one, other) = (new Stage(), new Stage(seed: 99));
        foreach (var stage in new[] { one, other })
        {
            ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute) with { Jitter = TimeSpan.FromSeconds(40) });
            stage.Advance(TimeSpan.FromMinutes(100));
        }

        var jobs = one.Kept.Made;
        Assert.That(jobs, Has.Count.EqualTo(101));
        Assert.That(
            jobs.Select(job => job.RunAt),
            Is.EqualTo(other.Kept.Made.Select(job => job.RunAt)),
            "the delay of an instant is always the same"
        );
        Assert.That(
            jobs.Select(job => job.Occurrence!.Effective),
            Is.EqualTo(jobs.Select(job => (DateTimeOffset?)job.RunAt))
        );
        var delays = jobs.Select(job => (job.RunAt - job.Occurrence!.Nominal).TotalSeconds).ToList();
        Assert.That(delays, Is.All.InRange(0, 40).And.All.LessThan(40));
        Assert.That(
            delays.Select(delay => (int)(delay / 10)).Distinct(),
            Is.EquivalentTo(new[] { 0, 1, 2, 3 }),
            "the delays are spread over the whole jitter"
        );
    }

    [Test]
    public void A_job_that_jitter_holds_back_starts_at_its_effective_instant()
    {
        var stage = With(
            OverlapPolicy.Allow,
            draft => draft with { Jitter = TimeSpan.FromHours(1), MaxOccurrences = 1 }
        );
        var peer = stage.Join(1, "h", 4, "m");
        var wait = stage.Kept.Made.Single().RunAt - Stage.Noon;
        Assert.That(wait, Is.GreaterThan(TimeSpan.FromSeconds(10)), "otherwise this test shows nothing");
        peer.Live(wait - TimeSpan.FromSeconds(1), 4);
        Assert.That(peer.Assigned, Is.Empty);
        peer.Live(TimeSpan.FromSeconds(2), 4);
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void Earliest_runs_once_for_a_gap_also_when_the_broker_stops_in_the_middle_of_it()
    {
        var stage = new Stage();
        var everySecond = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(1) };
        ScheduleTests.Save(stage, ScheduleTests.Draft(everySecond) with { Misfire = MisfirePolicy.Earliest });
        stage.Wall += TimeSpan.FromSeconds(6_000 - 1);
        var decision = new Decision(stage.Now, new Random(1));
        stage.Core.Close(decision); // One turn makes only a part of the jobs of the gap.
        decision.Changes.ForEach(stage.Kept.Apply);
        var served = stage.Kept.Missed.Count;
        Assert.That(served, Is.LessThan(5_900), "otherwise this test shows nothing");
        stage.Restart();
        for (var i = 0; i < 50; i++)
        {
            stage.Do();
        }

        Assert.That(
            stage.Kept.Made.Count(job => stage.Wall - job.Occurrence!.Nominal > TimeSpan.FromSeconds(5)),
            Is.EqualTo(2),
            "the first job, and one for the gap"
        );
    }
}
