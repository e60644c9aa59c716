using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// Missed instants that follow each other and have one reason share one row, and the row leaves none of them out.
/// </summary>
public sealed class MissedRangeTests
{
    private static readonly TriggerRequest EverySecond = new() { Kind = TriggerKinds.Cron, Expression = "* * * * * *" };

    private static List<(string Reason, DateTimeOffset From, DateTimeOffset? To, long Count)> Rows(Stage stage) =>
        [.. stage.Kept.Missed.Select(row => (row.Reason, row.Nominal, row.To, row.Count))];

    private static IEnumerable<Happened> Told(Stage stage) =>
        stage
            .Said.OfType<Effect.Publish>()
            .Select(effect => effect.Happened)
            .Where(happened => happened.Type == "schedule.missed");

    [Test]
    public void A_gap_of_two_days_of_seconds_is_two_rows_and_a_few_batches()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EverySecond));
        stage.Restart(TimeSpan.FromDays(2));
        var (batches, changes) = (0, 0);
        while (stage.Kept.Made.Count < 2)
        {
            changes += stage.Do().Changes.Count;
            Assert.That(++batches, Is.LessThan(60), "each turn passes many instants");
        }

        var border = Stage.Noon + TimeSpan.FromDays(2) - TimeSpan.FromHours(1);
        Assert.That(
            Rows(stage),
            Is.EqualTo(
                new (string, DateTimeOffset, DateTimeOffset?, long)[]
                {
                    (
                        "older than the catch-up window",
                        Stage.Noon.AddSeconds(1),
                        border.AddSeconds(-1),
                        (47 * 3600) - 1
                    ),
                    (
                        "missed, and a later one was due too",
                        border,
                        Stage.Noon + TimeSpan.FromDays(2) - TimeSpan.FromSeconds(1 + 5),
                        3600 - 5
                    ),
                }
            )
        );
        Assert.That(changes, Is.LessThan(200));
        Assert.That(
            Told(stage).Sum(happened => happened.Count),
            Is.EqualTo(stage.Kept.Missed.Sum(row => row.Count)),
            "the events count every missed instant"
        );
        Assert.That(stage.Kept.Schedules.Values.Single().Missed, Is.EqualTo(stage.Kept.Missed.Sum(row => row.Count)));
    }

    [Test]
    public void Instants_that_are_skipped_while_a_job_runs_grow_one_row()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EverySecond) with { Overlap = OverlapPolicy.Skip });
        stage.Advance(60);
        Assert.That(
            Rows(stage),
            Is.EqualTo(
                new (string, DateTimeOffset, DateTimeOffset?, long)[]
                {
                    (
                        "the job of the occurrence before is unfinished",
                        Stage.Noon.AddSeconds(1),
                        Stage.Noon.AddSeconds(60),
                        60
                    ),
                }
            )
        );
        Assert.That(Told(stage).Count(), Is.EqualTo(60), "each missed instant has its event when it comes");
        Assert.That(
            Told(stage).Last().Detail,
            Does.StartWith($"60 instants from {Stage.Noon.AddSeconds(1):O} to {Stage.Noon.AddSeconds(60):O}: ")
        );
    }

    [Test]
    public void A_job_in_between_and_a_start_begin_a_new_row()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EverySecond) with { Overlap = OverlapPolicy.Skip });
        stage.Advance(3);
        stage.Do(new BrokerInput.CancelJob(new UncalledTicket(), "default", stage.Kept.Jobs.Keys.Single(), null));
        stage.Advance(3);
        stage.Restart();
        stage.Advance(2);
        Assert.That(
            Rows(stage).Select(row => ((row.From - Stage.Noon).TotalSeconds, row.Count)),
            Is.EqualTo(new[] { (1.0, 3L), (5.0, 2L), (7.0, 2L) })
        );
        Assert.That(ScheduleTests.InstantsMissed(stage), Is.Unique);
    }

    [Test]
    public void An_edit_begins_a_new_row_also_when_the_new_trigger_has_the_next_instant_of_the_old()
    {
        static Schedule Every(double seconds) =>
            ScheduleTests.Draft(
                new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(seconds) }
            ) with
            {
                Overlap = OverlapPolicy.Skip,
            };

        var stage = new Stage();
        ScheduleTests.Save(stage, Every(6));
        stage.Advance(20);
        ScheduleTests.Save(stage, Every(8)); // The old trigger and the new one both have the 24th second.
        stage.Advance(13);
        Assert.That(
            Rows(stage).Select(row => ((row.From - Stage.Noon).TotalSeconds, row.Count)),
            Is.EqualTo(new[] { (6.0, 3L), (24.0, 2L) })
        );
    }

    [Test]
    public void A_clock_that_is_set_back_after_an_edit_leaves_the_row_of_the_old_trigger()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EverySecond) with { Overlap = OverlapPolicy.Skip });
        stage.Advance(30);
        var rows = Rows(stage);
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "*/10 * * * * *" }) with
            {
                Overlap = OverlapPolicy.Skip,
            }
        );
        stage.Wall -= TimeSpan.FromSeconds(15);
        stage.Advance(2);
        Assert.That(Rows(stage), Is.EqualTo(rows));
    }

    [Test]
    public void A_clock_that_is_set_back_takes_back_what_is_still_to_come()
    {
        var stage = new Stage();
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "* * * * *" }) with
            {
                Misfire = MisfirePolicy.None,
            }
        );
        stage.Advance(90);
        stage.Wall += TimeSpan.FromMinutes(10);
        stage.Do();
        Assert.That(Rows(stage).Single().Count, Is.EqualTo(10));
        stage.Wall -= TimeSpan.FromMinutes(5);
        stage.Do();
        Assert.That((Rows(stage).Single().Count, stage.Kept.Schedules.Values.Single().Missed), Is.EqualTo((5L, 5L)));
        stage.Advance(TimeSpan.FromMinutes(5));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1, 7, 8, 9, 10, 11 }));
        Assert.That(ScheduleTests.MinutesMissed(stage), Is.EqualTo(new[] { 2, 3, 4, 5, 6 }));
    }

    [TestCase(9, 1)]
    [TestCase(10, 0)]
    public void A_clock_that_is_set_back_leaves_in_the_row_what_was_missed_before(int minutes, int left)
    {
        var stage = new Stage();
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "* * * * *" }) with
            {
                Misfire = MisfirePolicy.None,
            }
        );
        stage.Advance(90);
        stage.Wall += TimeSpan.FromMinutes(10);
        stage.Do();
        stage.Wall -= TimeSpan.FromMinutes(minutes);
        stage.Do();
        Assert.That(
            Rows(stage),
            Is.EqualTo(
                new (string, DateTimeOffset, DateTimeOffset?, long)[]
                {
                    ("missed, and the misfire policy is none", Stage.Noon.AddMinutes(2), null, 1),
                }.Take(left)
            )
        );
        Assert.That(stage.Kept.Schedules.Values.Single().Missed, Is.EqualTo(left));
    }
}
