using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>How far a schedule has come when its custodian has reported what it ran.</summary>
public sealed class OfflinePassTests : OfflineFixture
{
    private static string MissedUntil(double minute) =>
        $"missed, with all that were due until {Stage.Noon.AddMinutes(minute):O}, of which the handler that keeps the "
        + "schedule ran this one";

    /// <summary>Saves a schedule of which the handler, which is away now, has a copy.</summary>
    private KeptSchedule Keep(Schedule draft)
    {
        ScheduleTests.Save(Stage, draft);
        Join(1).Drop();
        return CopyOn(1);
    }

    [Test]
    public void The_row_of_what_nobody_ran_is_written_with_the_report()
    {
        var copy = Keep(Draft() with { Misfire = MisfirePolicy.None });
        Stage.Advance(TimeSpan.FromMinutes(10));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(10));
        Assert.That(
            Stage.Kept.Missed,
            Is.EqualTo(
                new[]
                {
                    new Change.OccurrenceMissed(
                        Now.Id,
                        Stage.Noon.AddMinutes(1),
                        "missed, and the misfire policy is none",
                        Stage.Noon.AddMinutes(9),
                        9
                    ),
                }
            )
        );
        Assert.That(
            (Now.Missed, Now.Occurrences, Now.LastNominal, Now.NextNominal),
            Is.EqualTo((9L, 1L, (DateTimeOffset?)Stage.Noon.AddMinutes(10), (DateTimeOffset?)Stage.Noon.AddMinutes(11)))
        );
    }

    [Test]
    public void Of_a_version_that_the_handler_did_not_have_one_row_stands_for_all_until_its_run()
    {
        var draft = Draft() with { Misfire = MisfirePolicy.All };
        var copy = Keep(draft);
        Stage.Advance(TimeSpan.FromMinutes(3));
        ScheduleTests.Save(Stage, draft with { Params = RawJson.From(1) });
        Stage.Advance(TimeSpan.FromMinutes(3));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(6));
        Assert.That(Made, Is.EqualTo(new[] { 6 }));
        Assert.That(
            Stage.Kept.Missed,
            Is.EqualTo(new[] { new Change.OccurrenceMissed(Now.Id, Stage.Noon.AddMinutes(4), MissedUntil(6)) })
        );
    }

    [Test]
    public void What_a_handler_ran_by_an_old_version_misses_nothing_of_the_new_one()
    {
        var copy = Keep(Draft());
        Stage.Advance(TimeSpan.FromMinutes(3));
        var everyTen = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "*/10 * * * *" };
        ScheduleTests.Save(Stage, Draft() with { Trigger = everyTen });
        Stage.Advance(60);
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(4));
        Assert.That(Missed, Is.Empty);
        Assert.That(Now.NextNominal, Is.EqualTo(Stage.Noon.AddMinutes(10)));
    }

    [Test]
    public void What_was_due_in_a_pause_has_no_row()
    {
        var copy = Keep(Draft());
        Stage.Ask<Answer.ScheduleIs>(t => new BrokerInput.PauseSchedule(t, Stage.Editor, "default", "s", null, null));
        Stage.Advance(TimeSpan.FromMinutes(3));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(3));
        Assert.That(Missed, Is.Empty);
        Assert.That(Made, Is.EqualTo(new[] { 3 }));
    }

    [Test]
    public void One_report_makes_up_for_so_many_instants_and_has_one_row_for_the_rest()
    {
        var copy = Keep(Draft() with { Misfire = MisfirePolicy.All, CatchUpWindow = TimeSpan.FromDays(1) });
        Stage.Jump(TimeSpan.FromMinutes(300));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(300));
        Assert.That(Made, Is.EqualTo(Enumerable.Range(1, 256).Append(300)));
        Assert.That(
            Stage.Kept.Missed,
            Is.EqualTo(new[] { new Change.OccurrenceMissed(Now.Id, Stage.Noon.AddMinutes(257), MissedUntil(300)) })
        );
    }

    [Test]
    public void A_run_that_is_reported_late_is_not_the_newest()
    {
        var copy = Keep(Draft());
        Stage.Advance(TimeSpan.FromMinutes(2));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(2));
        Assert.That(Missed, Is.EqualTo(new[] { 1 }));
        Tell(2, copy, last: false, Run(1));
        Assert.That(Missed, Is.Empty);
        Assert.That((Now.Occurrences, Now.LastNominal), Is.EqualTo((2L, (DateTimeOffset?)Stage.Noon.AddMinutes(2))));
    }

    [Test]
    public void An_occurrence_under_way_at_the_handler_is_not_made_again_when_the_clock_is_set_back()
    {
        var copy = Keep(Draft());
        Stage.Advance(TimeSpan.FromMinutes(2));
        var peer = Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1), Run(2, OfflineOutcomes.Running));
        Stage.Wall -= TimeSpan.FromSeconds(90);
        peer.Live(TimeSpan.FromSeconds(70), 10);
        Assert.That(Made, Is.EqualTo(new[] { 1 }));
        peer.Live(TimeSpan.FromSeconds(60), 10);
        Assert.That(Made, Is.EqualTo(new[] { 1, 3 }));
    }
}
