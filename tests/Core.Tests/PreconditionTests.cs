using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using static ScheduleZero.Core.Tests.Schedules.ScheduleTests;

namespace ScheduleZero.Core.Tests;

/// <summary>The condition of a change is checked in the same step as the change.</summary>
public sealed class PreconditionTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    private static Precondition Match(params long[] versions) => new() { AnyOf = versions };

    private static IEnumerable<TestCaseData> Facts() =>
        [
            new TestCaseData(new Precondition(), 3L, true).SetArgDisplayNames("nothing", "there"),
            new TestCaseData(new Precondition(), null, true).SetArgDisplayNames("nothing", "absent"),
            new TestCaseData(Match(1, 3), 3L, true).SetArgDisplayNames("one of two", "there"),
            new TestCaseData(Match(1, 2), 3L, false).SetArgDisplayNames("others", "there"),
            new TestCaseData(Match(), 3L, false).SetArgDisplayNames("tags of others only", "there"),
            new TestCaseData(Match(3), null, false).SetArgDisplayNames("one", "absent"),
            new TestCaseData(new Precondition { MustExist = true }, 3L, true).SetArgDisplayNames("any", "there"),
            new TestCaseData(new Precondition { MustExist = true }, null, false).SetArgDisplayNames("any", "absent"),
            new TestCaseData(new Precondition { NoneOf = [3] }, 3L, false).SetArgDisplayNames("not this", "there"),
            new TestCaseData(new Precondition { NoneOf = [2] }, 3L, true).SetArgDisplayNames("not another", "there"),
            new TestCaseData(new Precondition { NoneOf = [3] }, null, true).SetArgDisplayNames("not this", "absent"),
            new TestCaseData(new Precondition { MustBeNew = true }, 3L, false).SetArgDisplayNames("new", "there"),
            new TestCaseData(new Precondition { MustBeNew = true }, null, true).SetArgDisplayNames("new", "absent"),
            new TestCaseData(new Precondition { AnyOf = [3], NoneOf = [3] }, 3L, false).SetArgDisplayNames(
                "this and not this",
                "there"
            ),
        ];

    [TestCaseSource(nameof(Facts))]
    public void A_condition_holds_as_the_table_says(Precondition condition, long? version, bool holds) =>
        Assert.That(condition.Holds(version), Is.EqualTo(holds));

    private static IEnumerable<Func<Ticket, BrokerInput.Request>> Changes() =>
        [
            ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, Draft(EveryMinute), false, null),
            ticket => new BrokerInput.PauseSchedule(ticket, Stage.Editor, "default", "s", "rain", null),
            ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"),
            ticket => new BrokerInput.TriggerSchedule(ticket, "default", "s", new(Guid.CreateVersion7()), "user:ana"),
            ticket => new BrokerInput.BackfillSchedule(
                ticket,
                "default",
                "s",
                1,
                default,
                default,
                0,
                OverlapPolicy.Allow,
                "user:ana"
            ),
            ticket => new BrokerInput.CancelBackfill(ticket, "default", "s", "user:ana"),
            ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"),
            ticket => new BrokerInput.SaveCalendar(ticket, Calendar, false, null),
            ticket => new BrokerInput.DeleteCalendar(ticket, "default", "c"),
            ticket => new BrokerInput.SaveAlertChannel(ticket, Alerts.AlertTests.Channel("ops")),
            ticket => new BrokerInput.DeleteAlertChannel(ticket, "default", "ops"),
            ticket => new BrokerInput.SaveAlertRule(ticket, Alerts.AlertTests.Failures),
            ticket => new BrokerInput.DeleteAlertRule(ticket, "default", "failures"),
            ticket => new BrokerInput.DeleteNamespace(ticket, "default"),
        ];

    [TestCaseSource(nameof(Changes))]
    public void A_change_whose_condition_does_not_hold_changes_nothing(Func<Ticket, BrokerInput.Request> change)
    {
        var stage = new Stage();
        Save(stage, Draft(EveryMinute));
        stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(ticket, Calendar, false, null));
        Alerts.AlertTests.Watch(stage, Alerts.AlertTests.Failures);
        var alerts = stage.Kept.Alerts.Count;
        var before = stage.Look(state => state.FindSchedule("default", "s"));
        var refused = stage.Ask<Answer.Refused>(ticket => change(ticket) with { Condition = Match(77) });
        Assert.That((refused.IsPrecondition, refused.Code), Is.EqualTo((true, ErrorCodes.Conflict)));
        Assert.That(stage.Look(state => state.FindSchedule("default", "s")), Is.SameAs(before));
        Assert.That(stage.Look(state => state.FindCalendar("default", "c"))!.Version, Is.EqualTo(1));
        Assert.That(stage.Kept.Alerts, Has.Count.EqualTo(alerts));
    }

    [Test]
    public void A_condition_counts_only_where_the_change_would_be_made_without_it()
    {
        var stage = new Stage();
        var missing = stage.Ask<Answer.Refused>(ticket => new BrokerInput.DeleteSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s"
        )
        {
            Condition = Match(1),
        });
        Assert.That((missing.IsPrecondition, missing.Code), Is.EqualTo((false, ErrorCodes.NotFound)));
        var calendar = stage.Ask<Answer.Refused>(ticket => new BrokerInput.DeleteCalendar(ticket, "default", "c")
        {
            Condition = Match(1),
        });
        Assert.That((calendar.IsPrecondition, calendar.Code), Is.EqualTo((false, ErrorCodes.NotFound)));
        Save(stage, Draft(EveryMinute));
        var foreign = stage.Ask<Answer.Refused>(ticket => new BrokerInput.DeleteSchedule(
            ticket,
            new ScheduleEditor("other", OfAny: false),
            "default",
            "s"
        )
        {
            Condition = Match(77),
        });
        Assert.That((foreign.IsPrecondition, foreign.Code), Is.EqualTo((false, ErrorCodes.Forbidden)));
        Assert.That(
            stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s")
            {
                Condition = Match(1),
            }),
            Is.Not.Null
        );
    }

    private static CalendarRecord Calendar { get; } =
        new()
        {
            Namespace = "default",
            Name = "c",
            Version = 0,
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
            ChangedBy = "test",
        };
}
