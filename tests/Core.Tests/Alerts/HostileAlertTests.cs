using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Alerts;

/// <summary>What alerts do with input that makes no sense, with clocks that are set, and with much at once.</summary>
public sealed class HostileAlertTests
{
    private static readonly AlertRuleRecord Silent = AlertTests.Rule("silent", AlertCondition.HandlerSilent);

    private Stage _stage = null!;

    [SetUp]
    public void SetUp() => _stage = new Stage();

    [Test]
    public void A_subject_that_is_seen_twice_in_one_look_makes_one_alert()
    {
        AlertTests.Watch(_stage, Silent);
        See("a", "a", "b");
        Assert.That(Alerts.Select(alert => alert.Subject), Is.EquivalentTo(new[] { "a", "b" }));
    }

    [Test]
    public void A_subject_is_no_longer_than_the_key_of_a_row_may_be()
    {
        AlertTests.Watch(_stage, Silent);
        var (first, second) = (new string('é', 5_000), $"{new string('x', 199)}😀{new string('y', 900)}");
        See(first, second);
        See(first, second);
        Assert.That(Alerts, Has.Count.EqualTo(2), "a look finds the alert that an earlier one has made");
        Assert.That(Alerts.Select(alert => alert.Subject.Length), Is.All.LessThanOrEqualTo(AlertBounds.SubjectMax));
        Assert.That(Alerts.Select(alert => char.IsHighSurrogate(alert.Subject[^1])), Is.All.False);
        See();
        Assert.That(Alerts, Is.Empty);
    }

    [Test]
    public void A_silence_that_is_made_shorter_ends_when_it_says()
    {
        AlertTests.Watch(_stage, Silent);
        Mute(_stage.Wall.AddYears(50));
        See("office-7");
        _stage.Jump(TimeSpan.FromMinutes(1));
        Mute(_stage.Wall.AddMinutes(10));
        _stage.Jump(TimeSpan.FromMinutes(9));
        Assert.That(Notices, Is.Empty);
        _stage.Jump(TimeSpan.FromMinutes(1));
        Assert.That(Notices, Has.Count.EqualTo(1));
    }

    [Test]
    public void The_end_of_a_silence_is_known_after_a_restart()
    {
        AlertTests.Watch(_stage, Silent);
        Mute(_stage.Wall.AddYears(50));
        See("office-7");
        _stage.Jump(TimeSpan.FromMinutes(1));
        Mute(null);
        _stage.Restart();
        _stage.Jump(TimeSpan.Zero);
        Assert.That(Notices, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_rule_that_is_to_repeat_sooner_does_so_also_for_an_alert_that_is_open()
    {
        var patient = Silent with { Wait = TimeSpan.Zero, Repeat = TimeSpan.FromDays(30) };
        AlertTests.Watch(_stage, patient);
        See("office-7");
        _stage.Jump(TimeSpan.Zero);
        _stage.Ask<Answer.AlertSettingsAre>(ticket => new BrokerInput.SaveAlertRule(
            ticket,
            patient with
            {
                Repeat = TimeSpan.FromMinutes(5),
            }
        ));
        _stage.Jump(TimeSpan.FromMinutes(5));
        Assert.That(Notices, Has.Count.EqualTo(2));
    }

    [Test]
    public void A_clock_that_is_set_back_puts_off_no_news_of_a_state()
    {
        AlertTests.Watch(_stage, Silent with { Repeat = TimeSpan.FromMinutes(10) });
        See("office-7");
        _stage.Jump(TimeSpan.FromMinutes(1));
        Assert.That(Notices, Has.Count.EqualTo(1));
        SetBack(TimeSpan.FromDays(1));
        See("office-7");
        _stage.Jump(TimeSpan.FromMinutes(10));
        Assert.That(Notices, Has.Count.EqualTo(2));
        Assert.That(Alerts.Single().Since, Is.LessThanOrEqualTo(_stage.Wall));
    }

    [Test]
    public void A_clock_that_is_set_back_neither_puts_off_news_of_failures_nor_keeps_their_alert_open()
    {
        AlertTests.Watch(_stage, AlertTests.Failures);
        Fail("m");
        SetBack(TimeSpan.FromDays(1));
        _stage.Jump(TimeSpan.FromSeconds(30));
        Assert.That(Notices, Has.Count.EqualTo(1));
        _stage.Jump(TimeSpan.FromHours(1));
        Assert.That(Alerts, Is.Empty);
    }

    [Test]
    public void A_state_that_goes_on_is_written_once_a_minute_at_most()
    {
        AlertTests.Watch(_stage, Silent with { Wait = TimeSpan.Zero });
        See("office-7");
        _stage.Jump(TimeSpan.Zero);
        var written = 0;
        for (var i = 0; i < 8; i++)
        {
            _stage.Move(TimeSpan.FromSeconds(15));
            written += See("office-7").Changes.Count(change => change is Change.AlertRowSaved);
        }

        Assert.That(written, Is.InRange(1, 2));
    }

    [Test]
    public void An_absurd_wish_to_wait_is_bounded()
    {
        AlertTests.Watch(_stage, Silent with { Wait = TimeSpan.Zero });
        See("office-7");
        _stage.Jump(TimeSpan.Zero);
        _stage.Do(new BrokerInput.NoticeTried(Notices[0].Notice.Id, "busy", TimeSpan.MaxValue, IsFinal: false));
        Assert.That(Notices[0].NextAt - _stage.Wall, Is.EqualTo(AlertBounds.LongestWait));
    }

    private List<AlertRecord> Alerts => [.. _stage.Kept.Alerts.Values.OfType<AlertRecord>()];

    private List<AlertNoticeRecord> Notices => [.. _stage.Kept.Alerts.Values.OfType<AlertNoticeRecord>()];

    private Decision See(params string[] subjects) =>
        _stage.Do(
            new BrokerInput.ConditionsSeen(
                "default",
                "silent",
                1,
                [.. subjects.Select(subject => new SeenState(subject, null, 1, []))]
            )
        );

    private void Mute(DateTimeOffset? until) =>
        _stage.Ask<Answer.AlertSettingsAre>(ticket => new BrokerInput.MuteAlertRule(
            ticket,
            "default",
            "silent",
            until,
            null,
            "test"
        ));

    private void SetBack(TimeSpan by)
    {
        _stage.Wall -= by;
        _stage.Jump(TimeSpan.Zero);
    }

    private void Fail(string method)
    {
        var peer = _stage.Join(1, Stage.HelloOf("h", 1, [method], "i1"));
        _stage.Enqueue(new JobSpec { Method = method });
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Failed,
                AttemptId = peer.Assigned[0],
                FencingToken = peer.Assigned[0].Token,
                Error = new AttemptError(retryable: false) { Type = "broken", Message = "no" },
            }
        );
    }
}
