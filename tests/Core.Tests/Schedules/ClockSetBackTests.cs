using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// After a clock that was ahead is set back, every instant without a job still fires, and no instant fires twice.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ClockSetBackTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    private readonly Stage _stage = new();

    private Schedule Now => _stage.Look(state => state.FindSchedule("default", "s"))!;

    private IEnumerable<Effect.LookUpOccurrences> Asked => _stage.Said.OfType<Effect.LookUpOccurrences>();

    private void Save(Func<Schedule, Schedule>? with = null)
    {
        var draft = ScheduleTests.Draft(EveryMinute);
        ScheduleTests.Save(_stage, with is null ? draft : with(draft));
    }

    /// <summary>
    /// Sets the clock two hours ahead for some seconds. A minute after noon the clock is right again.
    /// </summary>
    private void StandAhead(double seconds = 7)
    {
        _stage.Advance(60 - seconds);
        _stage.Wall += TimeSpan.FromHours(2);
        _stage.Advance(seconds);
        _stage.Wall -= TimeSpan.FromHours(2);
        _stage.Do();
    }

    [TestCase(MisfirePolicy.Latest)]
    [TestCase(MisfirePolicy.None)]
    [TestCase(MisfirePolicy.Earliest)]
    [TestCase(MisfirePolicy.All)]
    public void Every_instant_of_the_two_hours_has_one_job(MisfirePolicy policy)
    {
        Save(draft => draft with { Misfire = policy, CatchUpWindow = TimeSpan.FromHours(3) });
        StandAhead();
        _stage.Advance(TimeSpan.FromMinutes(150));
        Assert.That(_stage.Kept.Made.Select(job => job.Id), Is.Unique);
        Assert.That(
            ScheduleTests.MinutesMade(_stage).Where(minute => minute is > 1 and < 150).Order(),
            Is.EqualTo(Enumerable.Range(2, 148))
        );
    }

    [Test]
    public void It_holds_over_restarts_while_the_clock_is_ahead_and_when_it_is_right_again()
    {
        Save();
        _stage.Wall += TimeSpan.FromHours(2);
        _stage.Restart();
        _stage.Advance(10);
        _stage.Wall -= TimeSpan.FromHours(2);
        _stage.Restart();
        _stage.Advance(TimeSpan.FromMinutes(30));
        _stage.Restart();
        _stage.Advance(TimeSpan.FromMinutes(120));
        Assert.That(_stage.Kept.Made.Select(job => job.Id), Is.Unique);
        Assert.That(
            ScheduleTests.MinutesMade(_stage).Where(minute => minute is > 0 and < 150).Order(),
            Is.EqualTo(Enumerable.Range(1, 149))
        );
    }

    [Test]
    public void What_was_saved_or_resumed_while_it_stood_ahead_is_served_from_now_on_too()
    {
        _stage.Wall += TimeSpan.FromHours(2);
        Save();
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.PauseSchedule(t, Stage.Editor, "default", "s", null, null));
        _stage.Advance(90);
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.ResumeSchedule(t, Stage.Editor, "default", "s"));
        _stage.Wall -= TimeSpan.FromHours(2);
        _stage.Do();
        Assert.That(Now.NextNominal, Is.EqualTo(Stage.Noon.AddMinutes(2)));
        _stage.Advance(31);
        Assert.That(ScheduleTests.MinutesMade(_stage)[^1], Is.EqualTo(2));
    }

    [Test]
    public void One_that_went_on_after_a_pause_is_served_from_the_clocks_time_on_although_it_had_passed_less()
    {
        Save(draft => draft with { Misfire = MisfirePolicy.None });
        _stage.Advance(TimeSpan.FromMinutes(5));
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.PauseSchedule(t, Stage.Editor, "default", "s", null, null));
        _stage.Advance(TimeSpan.FromMinutes(10.5));
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.ResumeSchedule(t, Stage.Editor, "default", "s"));
        _stage.Wall -= TimeSpan.FromMinutes(5);
        _stage.Advance(90);
        Assert.That(ScheduleTests.MinutesMade(_stage), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5, 11, 12 }));
    }

    [Test]
    public void So_is_one_that_was_paused_all_the_while()
    {
        Save(draft => draft with { Misfire = MisfirePolicy.None });
        _stage.Advance(10);
        _stage.Wall += TimeSpan.FromHours(2);
        _stage.Advance(61);
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.PauseSchedule(t, Stage.Editor, "default", "s", null, null));
        _stage.Wall -= TimeSpan.FromHours(2);
        _stage.Do();
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.ResumeSchedule(t, Stage.Editor, "default", "s"));
        Assert.That(Now.NextNominal, Is.EqualTo(Stage.Noon.AddMinutes(2)));
    }

    [Test]
    public void An_instant_waits_until_the_store_has_said_whether_it_has_its_job()
    {
        _stage.StoreAnswers = false;
        Save();
        StandAhead();
        _stage.Advance(70);
        var made = _stage.Kept.Made.Count;
        Assert.That(Asked.Count(), Is.EqualTo(1), "the store is asked once");
        var held = _stage.Look(state => state.ExplainSchedule("default", "s"))!;
        Assert.That(
            (held.HeldBy, held.Gates[^1].Sentence),
            Is.EqualTo((ScheduleGateCode.Due, held.Gates[^1].Sentence))
        );
        Assert.That(held.Gates[^1].Sentence, Does.Contain("the store is asked"));
        _stage.Answer(Asked.Single());
        Assert.That(_stage.Kept.Made, Has.Count.EqualTo(made + 1));
    }

    [Test]
    public void An_answer_from_before_an_edit_is_let_go()
    {
        _stage.StoreAnswers = false;
        Save();
        StandAhead();
        _stage.Advance(70);
        var old = Asked.Single();
        Save(draft => draft with { Misfire = MisfirePolicy.All });
        _stage.Advance(60);
        var made = _stage.Kept.Made.Count;
        _stage.Answer(old);
        Assert.That(_stage.Kept.Made, Has.Count.EqualTo(made));
        _stage.Answer(Asked.Last());
        Assert.That(_stage.Kept.Made, Has.Count.EqualTo(made + 1));
    }

    [Test]
    public void A_schedule_that_waited_for_the_job_before_gets_that_one_once()
    {
        Save(draft => draft with { Overlap = OverlapPolicy.Queue });
        StandAhead();
        Assert.That(Now.Queued, Is.Not.Null);
        for (var minute = 0; minute < 150; minute++)
        {
            _stage.Advance(60);
            foreach (var id in _stage.Kept.Jobs.Keys.ToList())
            {
                _stage.Do(new BrokerInput.CancelJob(new UncalledTicket(), "default", id, null));
            }
        }

        Assert.That(_stage.Kept.Made.Select(job => job.Id), Is.Unique);
    }

    [Test]
    public void Explain_says_that_the_clock_stood_ahead_and_the_event_how_far()
    {
        Save();
        StandAhead();
        _stage.Do();
        Assert.That(
            _stage.Look(state => state.ExplainSchedule("default", "s"))!.Gates[^1].Sentence,
            Does.Contain("stood ahead").And.Contain("2026-06-01 14:01:00Z")
        );
        var told = _stage
            .Said.OfType<Effect.Publish>()
            .Select(effect => effect.Happened)
            .Where(happened => happened.Type == "clock.set")
            .Select(happened => happened.Detail)
            .ToList();
        Assert.That(told, Has.Count.EqualTo(2));
        Assert.That(told[0], Does.StartWith("by 02:00:00 forward"));
        Assert.That(told[1], Does.StartWith("by 02:00:00 back: 1 schedules"));
    }

    [Test]
    public void A_schedule_that_did_not_go_ahead_is_left_alone()
    {
        Save();
        _stage.Advance(90);
        _stage.Wall -= TimeSpan.FromSeconds(20);
        _stage.Advance(120);
        Assert.That(ScheduleTests.MinutesMade(_stage), Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(Asked, Is.Empty);
    }

    [Test]
    public void A_clock_that_is_set_back_to_the_last_served_instant_leaves_nothing_in_doubt()
    {
        Save(draft => draft with { MaxOccurrences = 1 });
        _stage.Advance(120);
        _stage.Wall = Stage.Noon;
        _stage.Do();
        Assert.That(
            _stage.Said.OfType<Effect.Publish>().Last().Happened.Detail,
            Does.StartWith("by 00:02:00 back: 0 schedules had gone ahead")
        );
    }

    [Test]
    public void One_whose_pause_outlasts_the_lost_time_makes_up_for_the_instants_since()
    {
        Save(draft => draft with { Misfire = MisfirePolicy.All, CatchUpWindow = TimeSpan.FromHours(3) });
        _stage.Wall += TimeSpan.FromHours(2);
        _stage.Jump(TimeSpan.FromSeconds(1));
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.PauseSchedule(t, Stage.Editor, "default", "s", null, null));
        _stage.Wall -= TimeSpan.FromHours(2);
        _stage.Do();
        _stage.Jump(TimeSpan.FromMinutes(125));
        _stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.ResumeSchedule(t, Stage.Editor, "default", "s"));
        _stage.Jump(TimeSpan.Zero);
        Assert.That(ScheduleTests.MinutesMade(_stage), Is.EqualTo(Enumerable.Range(0, 126)));
    }

    [Test]
    public void A_schedule_that_was_edited_while_the_clock_stood_ahead_goes_by_the_clock_again()
    {
        ScheduleTests.Save(
            _stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 * * * *" })
        );
        _stage.Advance(600);
        _stage.Wall += TimeSpan.FromMinutes(30);
        Save();
        _stage.Wall -= TimeSpan.FromMinutes(30);
        _stage.Do();
        Assert.That(Now.NextNominal, Is.EqualTo(Stage.Noon.AddMinutes(11)));
    }

    [Test]
    public void A_clock_that_stands_ahead_twice_makes_no_job_twice()
    {
        Save();
        StandAhead();
        _stage.Advance(TimeSpan.FromMinutes(5));
        _stage.Wall += TimeSpan.FromHours(1);
        _stage.Advance(7);
        _stage.Wall -= TimeSpan.FromHours(1);
        _stage.Do();
        _stage.Advance(TimeSpan.FromMinutes(150));
        Assert.That(
            ScheduleTests.MinutesMade(_stage).Where(minute => minute is > 1 and < 150).Order(),
            Is.EqualTo(Enumerable.Range(2, 148))
        );
    }

    [Test]
    public void What_ran_for_the_instants_ahead_does_not_stand_for_a_gap_after_the_clock_was_set_back()
    {
        Save(draft => draft with { Misfire = MisfirePolicy.Earliest, CatchUpWindow = TimeSpan.FromHours(3) });
        StandAhead();
        _stage.Jump(TimeSpan.FromMinutes(10));
        Assert.That(
            ScheduleTests.MinutesMade(_stage).Where(minute => minute is > 1 and < 12),
            Is.EqualTo(new[] { 2, 11 })
        );
    }

    [Test]
    public void An_instant_that_waits_for_the_job_before_is_not_missed_when_its_time_comes_again()
    {
        Save(draft => draft with { Overlap = OverlapPolicy.Queue });
        StandAhead();
        Assert.That(Now.Queued, Is.EqualTo(Stage.Noon.AddMinutes(120)));
        _stage.Advance(TimeSpan.FromMinutes(122));
        Assert.That(ScheduleTests.MinutesMissed(_stage), Has.None.EqualTo(120).And.Some.EqualTo(121));
        Assert.That(Now.Queued, Is.EqualTo(Stage.Noon.AddMinutes(120)));
    }

    [Test]
    public void Many_instants_are_asked_about_a_portion_at_a_time()
    {
        ScheduleTests.Save(
            _stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "* * * * * *" })
        );
        _stage.Wall += TimeSpan.FromMinutes(10);
        _stage.Do();
        _stage.Wall -= TimeSpan.FromMinutes(10);
        _stage.Do();
        _stage.Advance(660);
        Assert.That(
            _stage.Kept.Made.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalSeconds).Order(),
            Is.EqualTo(Enumerable.Range(0, 661))
        );
        Assert.That(Asked.Select(asked => asked.Ids.Count), Is.EqualTo(new[] { 256, 256, 88 }));
    }

    [Test]
    public void A_row_from_the_time_when_the_clock_stood_ahead_goes_when_its_instant_has_its_job()
    {
        Save(draft => draft with { Misfire = MisfirePolicy.None });
        _stage.Advance(90);
        _stage.Wall += TimeSpan.FromMinutes(10);
        _stage.Do();
        Assert.That(ScheduleTests.MinutesMissed(_stage), Is.EqualTo(Enumerable.Range(2, 10)));
        _stage.Restart();
        _stage.Wall -= TimeSpan.FromMinutes(10);
        _stage.Do();
        _stage.Advance(TimeSpan.FromMinutes(10));
        Assert.That(ScheduleTests.MinutesMade(_stage), Is.EqualTo(Enumerable.Range(0, 12)));
        Assert.That(_stage.Kept.Missed, Is.Empty);
    }

    [Test]
    public void While_one_schedule_waits_for_the_store_another_is_served_in_the_same_turn()
    {
        _stage.StoreAnswers = false;
        Save();
        StandAhead();
        ScheduleTests.Save(
            _stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "1 * * * * *" }, "other")
        );
        _stage.Advance(59);
        _stage.Kept.Made.Clear();
        _stage.Move(TimeSpan.FromSeconds(2));
        _stage.Do();
        Assert.That(Asked.Count(), Is.EqualTo(1));
        Assert.That(_stage.Kept.Made.Select(job => job.Occurrence!.Schedule), Is.EqualTo(new[] { "other" }));
    }
}
