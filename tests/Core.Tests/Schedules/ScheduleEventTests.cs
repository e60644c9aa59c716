using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>Each change of a schedule is published, with what somebody said about the change.</summary>
public sealed class ScheduleEventTests
{
    [Test]
    public void Save_pause_resumption_and_deletion_are_published()
    {
        var stage = new Stage();
        var daily = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 2 * * *" };
        ScheduleTests.Save(stage, ScheduleTests.Draft(daily));
        stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.PauseSchedule(
            t,
            Stage.Editor,
            "default",
            "s",
            "stock-taking",
            null
        ));
        stage.Advance(2);
        stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.ResumeSchedule(t, Stage.Editor, "default", "s"));
        stage.Ask<Answer.Done>(t => new BrokerInput.DeleteSchedule(t, Stage.Editor, "default", "s"));
        var later = Stage.Noon.AddSeconds(2);
        Assert.That(
            stage.Said.OfType<Effect.Publish>().Select(said => said.Happened),
            Is.EqualTo(
                new[]
                {
                    new Happened("schedule.saved", "default", "s", Stage.Noon),
                    new Happened("schedule.paused", "default", "s", Stage.Noon, Detail: "stock-taking"),
                    new Happened("schedule.resumed", "default", "s", later),
                    new Happened("schedule.deleted", "default", "s", later),
                }
            )
        );
    }
}
