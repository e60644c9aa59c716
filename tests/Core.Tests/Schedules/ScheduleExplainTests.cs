using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

public sealed class ScheduleExplainTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    private static ScheduleExplanation Explain(Stage stage) =>
        stage.Look(state => state.ExplainSchedule("default", "s"))!;

    private static Stage With(
        OverlapPolicy overlap = OverlapPolicy.Allow,
        long? most = null,
        DateTimeOffset? endAt = null
    )
    {
        var stage = new Stage();
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(EveryMinute) with
            {
                Overlap = overlap,
                MaxOccurrences = most,
                EndAt = endAt,
            }
        );
        return stage;
    }

    [Test]
    public void Every_gate_is_named_with_what_opens_it()
    {
        var stage = With();
        stage.Advance(1);
        var notDue = Explain(stage);
        Assert.That(
            (notDue.HeldBy, notDue.Nominal, notDue.Gates[^1].OpensAt),
            Is.EqualTo(
                (
                    ScheduleGateCode.NotDue,
                    (DateTimeOffset?)Stage.Noon.AddMinutes(1),
                    (DateTimeOffset?)Stage.Noon.AddMinutes(1)
                )
            )
        );
        Assert.That(notDue.Gates.SkipLast(1).Select(gate => gate.Passed), Is.All.True);

        stage.Move(TimeSpan.FromMinutes(1));
        Assert.That(
            Explain(stage).HeldBy,
            Is.EqualTo(ScheduleGateCode.Due),
            "the schedule is explained in the moment in which it is due"
        );

        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            "the disk",
            Stage.Noon.AddHours(1)
        ));
        var paused = Explain(stage);
        Assert.That(
            (paused.HeldBy, paused.Gates[^1].OpensAt),
            Is.EqualTo((ScheduleGateCode.Paused, (DateTimeOffset?)Stage.Noon.AddHours(1)))
        );
        Assert.That(paused.Gates[^1].Sentence, Does.Contain("the disk"));
    }

    [Test]
    public void One_that_waits_for_the_job_before_names_it()
    {
        var stage = With(OverlapPolicy.Queue);
        stage.Advance(TimeSpan.FromMinutes(1));
        var explained = Explain(stage);
        Assert.That(
            (explained.HeldBy, explained.Nominal),
            Is.EqualTo((ScheduleGateCode.Overlap, (DateTimeOffset?)Stage.Noon.AddMinutes(1)))
        );
        Assert.That(explained.Gates[^1].Sentence, Does.Contain(stage.Kept.Made[0].Id.ToString()));
    }

    [TestCase(OverlapPolicy.Skip, "skipped")]
    [TestCase(OverlapPolicy.Queue, "waits")]
    [TestCase(OverlapPolicy.CancelPrevious, "cancels")]
    [TestCase(OverlapPolicy.Allow, "beside")]
    public void What_an_unfinished_job_before_will_mean_is_said_beforehand(OverlapPolicy overlap, string word)
    {
        var stage = With(overlap);
        stage.Advance(1);
        var gate = Explain(stage).Gates.Single(gate => gate.Gate == ScheduleGateCode.Overlap);
        Assert.That(gate.Passed, Is.True);
        Assert.That(gate.Sentence, Does.Contain(word).And.Contain(stage.Kept.Made[0].Id.ToString()));
    }

    [Test]
    public void One_that_has_ended_says_why()
    {
        var most = With(most: 1);
        most.Advance(1);
        Assert.That(
            (Explain(most).HeldBy, Explain(most).Nominal),
            Is.EqualTo((ScheduleGateCode.Ended, (DateTimeOffset?)null))
        );
        Assert.That(Explain(most).Gates[^1].Sentence, Does.Contain("as many jobs as it may: 1"));

        var end = With(endAt: Stage.Noon.AddSeconds(90));
        end.Advance(TimeSpan.FromMinutes(2));
        Assert.That(Explain(end).Gates[^1].Sentence, Does.Contain("ended at"));
    }

    [Test]
    public void Nothing_is_said_of_a_schedule_that_is_not_there() =>
        Assert.That(new Stage().Look(state => state.ExplainSchedule("default", "s")), Is.Null);

    [Test]
    public void One_whose_calendars_exclude_every_day_does_not_claim_to_have_ended()
    {
        var stage = new Stage();
        var every = new CalendarRecord
        {
            Namespace = "default",
            Name = "never",
            Version = 0,
            Weekdays = Enum.GetValues<DayOfWeek>(),
            CreatedAt = Stage.Noon,
            ChangedAt = Stage.Noon,
            CreatedBy = "test",
            ChangedBy = "test",
        };
        stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(ticket, every, false, null));
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "* * * * *" }) with
            {
                ExcludeCalendars = ["never"],
            }
        );
        stage.Advance(90);
        var explained = Explain(stage);
        Assert.That(
            (explained.HeldBy, explained.Nominal),
            Is.EqualTo((ScheduleGateCode.Excluded, (DateTimeOffset?)null))
        );
        Assert.That(explained.Gates[^1].Sentence, Does.Contain("excluded by calendar never"));
    }
}
