using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>Nothing is missed silently: each instant that passed without being served has a job or a row.</summary>
public sealed class MisfireTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    public enum Gap
    {
        BrokerWasDown,
        ClockWasSetForward,
        SchedulePaused,
    }

    /// <summary>Serves noon, then lets ten and a half minutes pass, which contain ten instants.</summary>
    private static Stage After(Gap gap, MisfirePolicy policy, TimeSpan? catchUp = null)
    {
        var stage = new Stage();
        var draft = ScheduleTests.Draft(EveryMinute) with
        {
            Misfire = policy,
            CatchUpWindow = catchUp ?? TimeSpan.FromHours(1),
        };
        ScheduleTests.Save(stage, draft);
        switch (gap)
        {
            case Gap.BrokerWasDown:
                stage.Restart(TimeSpan.FromSeconds(630));
                break;
            case Gap.ClockWasSetForward:
                stage.Wall += TimeSpan.FromSeconds(630);
                break;
            default:
                stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.PauseSchedule(
                    t,
                    Stage.Editor,
                    "default",
                    "s",
                    null,
                    null
                ));
                stage.Advance(630);
                stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.ResumeSchedule(t, Stage.Editor, "default", "s"));
                break;
        }

        stage.Do();
        stage.Advance(30);
        return stage;
    }

    [TestCase(MisfirePolicy.Latest, new double[] { 0, 10, 11 }, new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 })]
    [TestCase(MisfirePolicy.Earliest, new double[] { 0, 1, 11 }, new double[] { 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    [TestCase(MisfirePolicy.All, new double[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 }, new double[0])]
    public void Policy_says_which_of_the_missed_run(MisfirePolicy policy, double[] made, double[] missed)
    {
        foreach (var gap in Enum.GetValues<Gap>())
        {
            var stage = After(gap, policy);
            Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(made), gap.ToString());
            Assert.That(ScheduleTests.MinutesMissed(stage), Is.EqualTo(missed), gap.ToString());
            Assert.That(stage.Kept.Schedules.Values.Single().Missed, Is.EqualTo(missed.Length));
        }
    }

    [TestCase(Gap.BrokerWasDown)]
    [TestCase(Gap.ClockWasSetForward)]
    public void With_policy_none_all_of_them_are_rows(Gap gap)
    {
        var stage = After(gap, MisfirePolicy.None);
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 11 }));
        Assert.That(ScheduleTests.MinutesMissed(stage), Is.EqualTo(new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }));
    }

    [TestCase(MisfirePolicy.All, new double[] { 0, 8, 9, 10, 11 })]
    [TestCase(MisfirePolicy.Earliest, new double[] { 0, 8, 11 })]
    [TestCase(MisfirePolicy.Latest, new double[] { 0, 10, 11 })]
    public void Instants_older_than_the_catch_up_window_never_run(MisfirePolicy policy, double[] made)
    {
        var stage = After(Gap.BrokerWasDown, policy, TimeSpan.FromMinutes(3));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(made));
        Assert.That(stage.Kept.Missed.Where(row => row.Reason.Contains("window")).Sum(row => row.Count), Is.EqualTo(7));
        Assert.That(ScheduleTests.MinutesMade(stage).Count + ScheduleTests.MinutesMissed(stage).Count, Is.EqualTo(12));
    }

    [Test]
    public void With_policy_none_the_instant_at_which_a_schedule_goes_on_runs()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute) with { Misfire = MisfirePolicy.None });
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            null,
            null
        ));
        stage.Advance(TimeSpan.FromMinutes(1));
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void An_instant_served_within_the_threshold_is_no_misfire()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute) with { Misfire = MisfirePolicy.None });
        stage.Advance(59);
        stage.Wall += TimeSpan.FromSeconds(6);
        stage.Do();
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void Latest_minds_the_end_of_a_schedule()
    {
        var stage = new Stage();
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(EveryMinute) with
            {
                EndAt = Stage.Noon + TimeSpan.FromMinutes(3),
            }
        );
        stage.Restart(TimeSpan.FromMinutes(10));
        stage.Do();
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 3 }));
    }

    [Test]
    public void A_schedule_that_missed_a_great_deal_does_not_fill_one_batch()
    {
        var stage = new Stage();
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(1) })
        );
        stage.Restart(TimeSpan.FromSeconds(20_000));
        var batches = 0;
        while (stage.Kept.Missed.Sum(row => row.Count) + stage.Kept.Made.Count < 20_001)
        {
            Assert.That(stage.Do().Changes, Has.Count.InRange(1, 4_700));
            Assert.That(++batches, Is.LessThan(100));
        }

        Assert.That(stage.Kept.Made.Select(job => job.Id), Is.Unique);
        Assert.That(stage.Do().Changes, Is.Empty);
    }

    [Test]
    public void An_edit_in_the_middle_of_a_long_backlog_leaves_a_row_for_the_rest_of_it()
    {
        var stage = new Stage();
        var draft = ScheduleTests.Draft(
            new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(1) }
        );
        ScheduleTests.Save(stage, draft);
        stage.Do();
        var before = stage.Kept.Missed.Sum(row => row.Count);
        stage.Move(TimeSpan.FromSeconds(10_000));
        var saved = ScheduleTests.Save(stage, draft);
        Assert.That(stage.Kept.Missed[^1].Reason, Does.Contain("the schedule was changed"));
        Assert.That(saved.Missed, Is.EqualTo(stage.Kept.Missed.Sum(row => row.Count) - before), "each row counts once");
        Assert.That(stage.Kept.Missed.Select(row => row.Nominal), Is.Unique);
    }
}
