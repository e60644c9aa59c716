using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Alerts;

/// <summary>What becomes of notices: each stays in the store until its channel has taken it.</summary>
public sealed class NoticeTests
{
    private Stage _stage = null!;

    [SetUp]
    public void SetUp()
    {
        _stage = new Stage();
        AlertTests.Watch(
            _stage,
            AlertTests.Rule("silent", AlertCondition.HandlerSilent) with
            {
                Wait = TimeSpan.Zero,
                Channels = ["ops", "spare"],
            }
        );
    }

    [Test]
    public void Each_channel_gets_a_notice_and_one_that_is_taken_is_gone()
    {
        Tell();
        Assert.That(Waiting("ops").Concat(Waiting("spare")).Count(), Is.EqualTo(2));
        Try(Waiting("ops")[0], null);
        Assert.That((Waiting("ops").Count, Waiting("spare").Count), Is.EqualTo((0, 1)));
        Assert.That(Channel("ops").SentAt, Is.EqualTo(_stage.Wall));
    }

    [Test]
    public void A_notice_that_is_not_taken_waits_twice_as_long_each_time_and_outlives_a_restart()
    {
        Tell();
        foreach (var seconds in (int[])[10, 20, 40, 80, 160, 320, 640, 900, 900])
        {
            Try(Waiting("ops")[0], "down");
            Assert.That(Waiting("ops")[0].NextAt - _stage.Wall, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
            _stage.Restart(TimeSpan.FromSeconds(seconds));
        }

        Assert.That((Channel("ops").Problem, Channel("ops").Dropped), Is.EqualTo(("down", 0)));
        Try(Waiting("ops")[0], null);
        Assert.That((Channel("ops").Problem, Waiting("ops").Count), Is.EqualTo(((string?)null, 0)));
    }

    [Test]
    public void A_channel_that_asks_for_time_gets_it()
    {
        Tell();
        Try(Waiting("ops")[0], "busy", TimeSpan.FromMinutes(7));
        Assert.That(Waiting("ops")[0].NextAt - _stage.Wall, Is.EqualTo(TimeSpan.FromMinutes(7)));
        Try(Waiting("ops")[0], "busy", TimeSpan.FromSeconds(1));
        Assert.That(Waiting("ops")[0].NextAt - _stage.Wall, Is.EqualTo(TimeSpan.FromSeconds(20)));
    }

    [TestCase(true, 0)]
    [TestCase(false, 24)]
    public void A_notice_is_dropped_when_a_retry_is_of_no_use_or_a_day_has_passed(bool isFinal, int hours)
    {
        Tell();
        _stage.Move(TimeSpan.FromHours(hours));
        var tried = Waiting("ops")[0];
        Try(tried, "gone", isFinal: isFinal);
        Assert.That(Waiting("ops").Select(notice => notice.Notice.Id), Has.None.EqualTo(tried.Notice.Id));
        Assert.That((Channel("ops").Dropped, Channel("ops").Problem), Is.EqualTo((1, "gone")));
        Assert.That(_stage.Kept.AuditLines.Last(), Does.Contain("alerts:drop").And.Contain("channel:ops"));
    }

    [Test]
    public void A_channel_that_is_switched_off_gets_no_new_notice()
    {
        var channel = AlertTests.Channel("ops") with { Disabled = true };
        _stage.Ask<Answer.AlertSettingsAre>(ticket => new BrokerInput.SaveAlertChannel(ticket, channel));
        Tell();
        Assert.That((Waiting("ops").Count, Waiting("spare").Count), Is.EqualTo((0, 1)));
    }

    [Test]
    public void No_more_notices_wait_for_a_channel_than_may()
    {
        for (var i = 0; i <= Limits.NoticesOfChannelMax; i++)
        {
            Tell();
            _stage.Do(new BrokerInput.ConditionsSeen("default", "silent", 1, []));
        }

        Assert.That(Waiting("ops"), Has.Count.EqualTo(Limits.NoticesOfChannelMax));
        Assert.That(Channel("ops").Dropped, Is.GreaterThan(0));
    }

    [Test]
    public void A_deleted_channel_takes_its_notices_along_and_late_news_of_them_changes_nothing()
    {
        Tell();
        var late = Waiting("ops")[0];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteAlertRule(ticket, "default", "silent"));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteAlertChannel(ticket, "default", "ops"));
        Assert.That(Waiting("ops"), Is.Empty);
        Assert.That(Try(late, "late").Changes, Is.Empty);
    }

    private List<AlertNoticeRecord> Waiting(string channel) =>
        [.. _stage.Kept.Alerts.Values.OfType<AlertNoticeRecord>().Where(notice => notice.Notice.Channel == channel)];

    private AlertChannelRecord Channel(string name) =>
        _stage.Kept.Alerts.Values.OfType<AlertChannelRecord>().Single(channel => channel.Name == name);

    private void Tell()
    {
        _stage.Do(new BrokerInput.ConditionsSeen("default", "silent", 1, [new SeenState("office-7", null, 1, [])]));
        _stage.Jump(TimeSpan.Zero);
    }

    private Decision Try(
        AlertNoticeRecord notice,
        string? problem,
        TimeSpan? retryAfter = null,
        bool isFinal = false
    ) => _stage.Do(new BrokerInput.NoticeTried(notice.Notice.Id, problem, retryAfter, isFinal));
}
