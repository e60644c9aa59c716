using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Alerts;

/// <summary>When alerts begin, when people are told of them, and when they end.</summary>
public sealed class AlertTests
{
    internal static readonly AlertRuleRecord Failures = Rule("failures", AlertCondition.JobFailed);

    private Stage _stage = null!;
    private long _connections;

    [SetUp]
    public void SetUp() => _stage = new Stage();

    internal static AlertChannelRecord Channel(string name) =>
        new()
        {
            Namespace = "default",
            Name = name,
            Form = AlertChannelKind.Mail,
            To = ["ops@example.org"],
            CreatedAt = Stage.Noon,
            ChangedAt = Stage.Noon,
            CreatedBy = "test",
            ChangedBy = "test",
        };

    internal static AlertRuleRecord Rule(string name, AlertCondition condition) =>
        new()
        {
            Namespace = "default",
            Name = name,
            Condition = condition,
            Channels = ["ops"],
            Wait = TimeSpan.FromSeconds(30),
            Repeat = TimeSpan.FromHours(4),
            Quiet = TimeSpan.FromHours(1),
            TellsEnd = true,
            CreatedAt = Stage.Noon,
            ChangedAt = Stage.Noon,
            CreatedBy = "test",
            ChangedBy = "test",
        };

    /// <summary>Saves a rule with its channels.</summary>
    internal static void Watch(Stage stage, AlertRuleRecord rule)
    {
        foreach (var channel in rule.Channels)
        {
            stage.Ask<Answer.AlertSettingsAre>(ticket => new BrokerInput.SaveAlertChannel(ticket, Channel(channel)));
        }

        stage.Ask<Answer.AlertSettingsAre>(ticket => new BrokerInput.SaveAlertRule(ticket, rule));
    }

    [Test]
    public void A_failed_job_is_told_once_the_wait_is_over_with_what_failed_meanwhile()
    {
        Watch(_stage, Failures);
        Fail("m", "No paper");
        Assert.That(Notices, Is.Empty, "the first notice waits for more of the same");
        Assert.That(Alerts, Has.Count.EqualTo(1), "the alert is in the store with the job that failed");
        _stage.Advance(10);
        Fail("m", "No ink");
        _stage.Advance(20);
        var told = Notices.Single().Notice;
        Assert.That(
            (told.Phase, told.Subject, told.Count, told.Since, told.Channel),
            Is.EqualTo((AlertPhase.Firing, "m", 2, Stage.Noon, "ops"))
        );
        Assert.That(told.Samples.Select(sample => sample.Text), Is.EqualTo(new[] { "No ink", "No paper" }));
        Assert.That(told.Samples[0].Handler, Is.EqualTo("h"));
    }

    [Test]
    public void A_retry_and_a_success_make_no_alert()
    {
        Watch(_stage, Failures);
        var peer = _stage.Join(1, "h", 9, "m");
        _stage.Enqueue("m");
        peer.Say(ReportEventTypes.Failed, peer.Assigned[0]);
        Assert.That(Alerts, Is.Empty);
    }

    [Test]
    public void A_rule_watches_only_what_its_patterns_name_in_its_own_namespace()
    {
        Watch(_stage, Failures with { Only = ["reports.*"] });
        Fail("mail.send", "no");
        Fail("reports.render", "no", "tenant-a");
        Assert.That(Alerts, Is.Empty);
        Fail("reports.render", "no");
        Assert.That(Alerts.Single().Subject, Is.EqualTo("reports.render"));
    }

    [Test]
    public void While_jobs_go_on_failing_people_are_told_again_and_not_sooner_than_the_rule_says()
    {
        Watch(_stage, Failures with { Repeat = TimeSpan.FromMinutes(10) });
        Fail("m", "1");
        _stage.Jump(TimeSpan.FromSeconds(30));
        Fail("m", "2");
        _stage.Jump(TimeSpan.FromMinutes(9));
        Assert.That(Phases, Is.EqualTo(new[] { AlertPhase.Firing }));
        _stage.Jump(TimeSpan.FromMinutes(1));
        Assert.That(Phases, Is.EqualTo(new[] { AlertPhase.Firing, AlertPhase.Ongoing }));
        _stage.Jump(TimeSpan.FromMinutes(30));
        Assert.That(Phases, Has.Count.EqualTo(2), "nothing has failed since, so there is nothing to tell");
    }

    [Test]
    public void An_alert_ends_when_nothing_has_failed_for_the_quiet_time()
    {
        Watch(_stage, Failures);
        Fail("m", "1");
        _stage.Jump(TimeSpan.FromMinutes(59));
        Fail("m", "2");
        _stage.Jump(TimeSpan.FromMinutes(59));
        Assert.That(Alerts, Has.Count.EqualTo(1));
        _stage.Jump(TimeSpan.FromMinutes(1));
        Assert.That(Alerts, Is.Empty);
        Assert.That(Phases, Is.EqualTo(new[] { AlertPhase.Firing, AlertPhase.Resolved }));
        Assert.That(Notices[^1].Notice.Count, Is.EqualTo(2));
    }

    [Test]
    public void A_failure_is_told_even_when_the_quiet_time_is_shorter_than_the_wait()
    {
        Watch(_stage, Failures with { Wait = TimeSpan.FromHours(1), Quiet = TimeSpan.FromMinutes(1) });
        Fail("m", "1");
        _stage.Jump(TimeSpan.FromMinutes(2));
        Assert.That(Phases, Is.EqualTo(new[] { AlertPhase.Firing }));
        Assert.That(Alerts, Is.Empty);
    }

    [Test]
    public void What_failed_before_a_restart_is_told_after_it()
    {
        Watch(_stage, Failures);
        Fail("m", "1");
        _stage.Restart(TimeSpan.FromSeconds(10));
        Fail("m", "2");
        _stage.Restart(TimeSpan.FromSeconds(30));
        _stage.Jump(TimeSpan.Zero);
        Assert.That(Notices.Single().Notice.Count, Is.EqualTo(2));
        _stage.Restart(TimeSpan.FromMinutes(1));
        _stage.Jump(TimeSpan.FromMinutes(1));
        Assert.That(Notices, Has.Count.EqualTo(1), "a restart tells nothing twice");
    }

    [Test]
    public void A_storm_of_failures_writes_the_row_of_its_alert_seldom_and_counts_all_of_them()
    {
        Watch(_stage, Failures);
        Fail("m", "first");
        _stage.Advance(40);
        Fail("m", "second");
        var written = 0;
        for (var i = 0; i < 50; i++)
        {
            _stage.Move(TimeSpan.FromMilliseconds(100));
            written += Fail("m", "more").Changes.Count(change => change is Change.AlertRowSaved { Row: AlertRecord });
        }

        Assert.That(written, Is.LessThanOrEqualTo(1));
        _stage.Advance(10);
        Assert.That(Alerts.Single().Count, Is.EqualTo(52));
    }

    [Test]
    public void Many_methods_that_fail_share_an_alert_once_there_are_as_many_as_may_be()
    {
        Watch(_stage, Failures);
        for (var i = 0; i < Limits.AlertsOfRuleMax + 20; i++)
        {
            Fail($"m{i}", "no");
        }

        _stage.Advance(10);
        Assert.That(Alerts, Has.Count.EqualTo(Limits.AlertsOfRuleMax));
        Assert.That(Alerts.Single(alert => alert.Subject == "*").Count, Is.EqualTo(21));
    }

    [Test]
    public void A_namespace_has_only_so_many_alerts_and_each_rule_still_has_one()
    {
        Watch(_stage, Rule("first", AlertCondition.HandlerSilent));
        var rules = (Limits.AlertsMax / Limits.AlertsOfRuleMax) + 2;
        for (var i = 0; i < rules; i++)
        {
            Save(Rule($"r{i}", AlertCondition.HandlerSilent));
            See($"r{i}", 1, [.. Enumerable.Range(0, Limits.AlertsOfRuleMax).Select(which => $"h{which}")]);
        }

        Assert.That(Alerts, Has.Count.EqualTo(Limits.AlertsMax));
        Save(Failures);
        Fail("a", "no");
        Fail("b", "no");
        _stage.Advance(10);
        Assert.That(Alerts.Single(alert => alert.Rule == "failures").Count, Is.EqualTo(2));
        See("r0", 1);
        Fail("c", "no");
        Assert.That(Alerts.Count(alert => alert.Rule == "failures"), Is.EqualTo(2), "there is room again");
    }

    [Test]
    public void A_rule_that_watches_together_makes_one_alert()
    {
        Watch(_stage, Failures with { IsTogether = true });
        Fail("a", "no");
        Fail("b", "no");
        _stage.Advance(10);
        Assert.That(Alerts.Single(), Has.Property(nameof(AlertRecord.Subject)).EqualTo("*"));
        Assert.That(Alerts.Single().Samples.Select(sample => sample.Method), Is.EqualTo(new[] { "b", "a" }));
    }

    [Test]
    public void A_muted_rule_tells_nobody_until_the_silence_is_over()
    {
        Watch(_stage, Failures);
        Mute(_stage.Wall.AddMinutes(10));
        Fail("m", "1");
        _stage.Jump(TimeSpan.FromMinutes(9));
        Assert.That(Notices, Is.Empty);
        _stage.Jump(TimeSpan.FromMinutes(1));
        Assert.That(Phases, Is.EqualTo(new[] { AlertPhase.Firing }));
    }

    [Test]
    public void The_end_of_a_silence_tells_at_once_what_it_held_back()
    {
        Watch(_stage, Failures);
        Mute(_stage.Wall.AddHours(10));
        Fail("m", "1");
        _stage.Jump(TimeSpan.FromMinutes(1));
        Mute(null);
        _stage.Jump(TimeSpan.Zero);
        Assert.That(Phases, Is.EqualTo(new[] { AlertPhase.Firing }));
    }

    [Test]
    public void An_alert_that_ends_while_its_rule_is_muted_is_not_told()
    {
        Watch(_stage, Failures);
        Mute(_stage.Wall.AddHours(10));
        Fail("m", "1");
        _stage.Jump(TimeSpan.FromHours(2));
        Assert.That((Alerts.Count, Notices.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_state_is_told_after_the_wait_again_while_it_lasts_and_when_it_ends()
    {
        Watch(_stage, Rule("silent", AlertCondition.HandlerSilent) with { Repeat = TimeSpan.FromMinutes(10) });
        See("silent", 1, "office-7");
        _stage.Jump(TimeSpan.FromSeconds(15));
        See("silent", 1, "office-7");
        Assert.That(Notices, Is.Empty);
        _stage.Jump(TimeSpan.FromSeconds(15));
        _stage.Jump(TimeSpan.FromMinutes(10));
        See("silent", 1);
        Assert.That(Phases, Is.EqualTo(new[] { AlertPhase.Firing, AlertPhase.Ongoing, AlertPhase.Resolved }));
        Assert.That(Alerts, Is.Empty);
    }

    [Test]
    public void A_state_that_comes_and_goes_within_the_wait_is_told_to_nobody()
    {
        Watch(_stage, Rule("silent", AlertCondition.HandlerSilent));
        See("silent", 1, "office-7");
        _stage.Jump(TimeSpan.FromSeconds(20));
        See("silent", 1);
        _stage.Jump(TimeSpan.FromMinutes(5));
        Assert.That((Alerts.Count, Notices.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_look_by_an_earlier_version_of_the_rule_changes_nothing()
    {
        Watch(_stage, Rule("silent", AlertCondition.HandlerSilent));
        See("silent", 7, "office-7");
        Assert.That(Alerts, Is.Empty);
    }

    [Test]
    public void A_changed_rule_drops_the_alerts_that_it_does_not_make_any_more()
    {
        Watch(_stage, Failures);
        Fail("a", "no");
        Fail("b", "no");
        Save(Failures with { Only = ["b"] });
        Assert.That(Alerts.Select(alert => alert.Subject), Is.EqualTo(new[] { "b" }));
        Save(Failures with { Disabled = true });
        Assert.That(Alerts, Is.Empty);
        Fail("b", "no");
        _stage.Jump(TimeSpan.FromHours(2));
        Assert.That((Alerts.Count, Notices.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_missed_occurrence_is_told()
    {
        Watch(_stage, Rule("missed", AlertCondition.OccurrenceMissed));
        Schedules.ScheduleTests.Save(
            _stage,
            Schedules.ScheduleTests.Draft(
                new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 * * * *" }
            ) with
            {
                Misfire = MisfirePolicy.None,
            }
        );
        _stage.Restart(TimeSpan.FromHours(3.5));
        _stage.Jump(TimeSpan.Zero);
        _stage.Jump(TimeSpan.FromMinutes(1));
        Assert.That(Notices.Single().Notice, Has.Property(nameof(AlertNotice.Subject)).EqualTo("s"));
        Assert.That(Notices.Single().Notice.Count, Is.EqualTo(3));
    }

    [Test]
    public void A_deleted_namespace_takes_its_rules_channels_alerts_and_notices_along()
    {
        var channel = Channel("ops") with { Namespace = "tenant-a" };
        _stage.Ask<Answer.AlertSettingsAre>(ticket => new BrokerInput.SaveAlertChannel(ticket, channel));
        Save(Failures with { Namespace = "tenant-a" });
        Fail("m", "no", "tenant-a");
        _stage.Jump(TimeSpan.FromSeconds(30));
        Assert.That(_stage.Kept.Alerts, Has.Count.EqualTo(4));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "tenant-a"));
        _stage.Jump(TimeSpan.FromSeconds(1));
        Assert.That(_stage.Kept.Alerts, Is.Empty);
    }

    [Test]
    public void A_rule_needs_channels_that_are_there_and_a_named_channel_stays()
    {
        var unknown = _stage.Ask<Answer.Refused>(ticket => new BrokerInput.SaveAlertRule(ticket, Failures));
        Assert.That(
            (unknown.Code, unknown.Detail),
            Is.EqualTo((ErrorCodes.Invalid, "channels: There is no channel \"ops\"."))
        );
        Watch(_stage, Failures);
        var named = _stage.Ask<Answer.Refused>(ticket => new BrokerInput.DeleteAlertChannel(ticket, "default", "ops"));
        Assert.That(named.Code, Is.EqualTo(ErrorCodes.Conflict));
        Assert.That(named.Detail, Does.Contain("\"failures\""));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteAlertRule(ticket, "default", "failures"));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteAlertChannel(ticket, "default", "ops"));
        Assert.That(_stage.Kept.Alerts, Is.Empty);
    }

    private List<AlertRecord> Alerts => [.. _stage.Kept.Alerts.Values.OfType<AlertRecord>()];

    private List<AlertNoticeRecord> Notices =>
        [.. _stage.Kept.Alerts.Values.OfType<AlertNoticeRecord>().OrderBy(notice => notice.Notice.At)];

    private List<AlertPhase> Phases => [.. Notices.Select(notice => notice.Notice.Phase)];

    private void Save(AlertRuleRecord rule) =>
        _stage.Ask<Answer.AlertSettingsAre>(ticket => new BrokerInput.SaveAlertRule(ticket, rule));

    private void Mute(DateTimeOffset? until) =>
        _stage.Ask<Answer.AlertSettingsAre>(ticket => new BrokerInput.MuteAlertRule(
            ticket,
            "default",
            "failures",
            until,
            "mended",
            "user:ana"
        ));

    private void See(string rule, int version, params string[] subjects) =>
        _stage.Do(
            new BrokerInput.ConditionsSeen(
                "default",
                rule,
                version,
                [.. subjects.Select(subject => new SeenState(subject, null, 1, []))]
            )
        );

    /// <summary>Runs a job that fails for good.</summary>
    private Decision Fail(string method, string message, string ns = "default")
    {
        var connection = ++_connections;
        var peer = _stage.Join(connection, Stage.HelloOf("h", 1, [method], $"i{connection}"), ns);
        _stage.Enqueue(new JobSpec { Method = method }, ns);
        var decision = peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Failed,
                AttemptId = peer.Assigned[0],
                FencingToken = peer.Assigned[0].Token,
                Error = new AttemptError(retryable: false) { Type = "broken", Message = message },
            }
        );
        _stage.Do(new BrokerInput.ByeSaid(connection, "done"));
        return decision;
    }
}
