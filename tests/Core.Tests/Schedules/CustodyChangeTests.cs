using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>How custody of a schedule begins, is renewed and ends, and which handlers hear of it.</summary>
public sealed class CustodyChangeTests : OfflineFixture
{
    private static readonly TriggerRequest Hourly = new() { Kind = TriggerKinds.Cron, Expression = "0 * * * *" };

    private List<Effect.SendKeep> KeepsOn(long connection) =>
        [.. Stage.Said.OfType<Effect.SendKeep>().Where(keep => keep.Connection == connection)];

    private List<string?> ToldOfCustody() =>
        [
            .. Stage
                .Said.OfType<Effect.Publish>()
                .Select(said => said.Happened)
                .Where(said => said.Type == "schedule.kept")
                .Select(said => said.Detail),
        ];

    private void Delete(string name) =>
        Stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", name));

    private void JoinCrate(long connection) =>
        Stage.Join(connection, Stage.HelloOf("crate", 10, ["m"]) with { OfflineStore = "store-3" });

    [Test]
    public void A_handler_that_was_restarted_takes_over_from_its_older_instance()
    {
        ScheduleTests.Save(Stage, Draft() with { Overlap = OverlapPolicy.Queue });
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(60);
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1, OfflineOutcomes.Running));
        // The store has not answered whether it has this job when the handler comes back.
        Stage.Do(new BrokerInput.RanSaid(2, copy, copy.ScheduleId, [Run(1)], Last: false));
        var restarted = Stage.Join(3, HelloOf(instance: "restarted"));
        Tell(3, null, last: true);
        Assert.That(Stage.Kept.Finished, Is.Empty, "the report of the older instance counts no more");
        restarted.Live(TimeSpan.FromSeconds(35), 10);
        Assert.That(Made, Is.EqualTo(new[] { 2 }), "what the older instance ran holds up nothing");
    }

    [Test]
    public void While_the_custodian_is_away_nothing_wakes_the_broker_before_the_custody_ends()
    {
        ScheduleTests.Save(Stage, Draft() with { Trigger = Hourly });
        Join(1).Drop();
        Stage.Advance(31); // The session has ended too.
        Assert.That(
            Stage.Core.TimeToNext(Stage.Now),
            Is.EqualTo(OfflineStores.EndOf(Stage.Kept.Schedules.Values.Single().Keeping!) - Stage.Wall)
        );
    }

    [Test]
    public void Custody_ends_at_its_end_and_the_row_says_who_may_have_run_the_instants()
    {
        ScheduleTests.Save(Stage, Draft() with { Trigger = Hourly });
        Join(1).Drop();
        var keeping = Now.Keeping!;
        Stage.Move(OfflineStores.EndOf(keeping) - Stage.Wall);
        Stage.Do();
        Assert.That(Now.Keeping, Is.Null);
        Assert.That(
            Stage.Kept.Missed,
            Is.EqualTo(
                new[]
                {
                    new Change.OccurrenceMissed(
                        Now.Id,
                        Stage.Noon.AddHours(1),
                        $"with all up to {keeping.Until:O} left to handler box, which kept the schedule and has not "
                            + "come back"
                    ),
                }
            )
        );
    }

    [Test]
    public void An_edit_that_ends_custody_waits_for_the_report_of_the_custodian()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        Stage.Join(5, HelloOf("store-2", "other"));
        Tell(5, null, last: true);
        var waiting = Draft() with { Offline = OfflinePolicy.Wait };
        ScheduleTests.Save(Stage, waiting);
        Assert.That(Now.Keeping?.Store, Is.EqualTo("store-1"), "the handler may run the schedule still");
        Stage.Join(2, HelloOf());
        ScheduleTests.Save(Stage, waiting with { Params = RawJson.From(1) });
        Assert.That(Now.Keeping?.Store, Is.EqualTo("store-1"), "the handler has not reported yet");
        Tell(2, null, last: true);
        Assert.That(Now.Keeping, Is.Null);
    }

    [Test]
    public void A_schedule_that_was_made_to_wait_in_a_pause_goes_on_without_a_custodian()
    {
        ScheduleTests.Save(Stage, Draft());
        var peer = Join(1);
        ScheduleTests.Save(Stage, Draft() with { Paused = true });
        ScheduleTests.Save(Stage, Draft() with { Paused = true, Offline = OfflinePolicy.Wait });
        Stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"));
        Assert.That(Now.Keeping, Is.Null);
        peer.Drop();
        Stage.Advance(TimeSpan.FromMinutes(2));
        Assert.That(Made, Is.EqualTo(new[] { 1, 2 }), "no copy is left by which the handler could run it");
    }

    [Test]
    public void An_edit_while_the_custodian_is_here_leaves_the_custody_as_it_is()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1);
        var begun = Now.Keeping!;
        Assert.That(
            begun,
            Is.EqualTo(new Keeping(Box, "store-1", Stage.Wall, Stage.Wall + Limits.OfflineTime)),
            "custody begins when the handler connects"
        );
        Stage.Advance(20);
        ScheduleTests.Save(Stage, Draft() with { Params = RawJson.From(1) });
        Assert.That(Now.Keeping, Is.EqualTo(begun));
        Assert.That((CopyOn(1).Version, CopyOn(1).Params.ToString()), Is.EqualTo((2, "1")));
        Assert.That(ToldOfCustody(), Is.EqualTo(new[] { $"by handler box, until {begun.Until:O}" }));
    }

    [Test]
    public void Copies_are_sent_again_at_each_quarter_of_their_time_and_made_anew_when_half_of_it_is_over()
    {
        ScheduleTests.Save(Stage, Draft() with { StartAt = Stage.Noon.AddYears(1) });
        var peer = Join(1);
        var (first, quarter) = (CopyOn(1), Limits.OfflineTime / 4);
        peer.Heartbeat(10);
        Stage.Wall += quarter - TimeSpan.FromSeconds(1);
        peer.Heartbeat(10);
        Assert.That(KeepsOn(1), Has.Count.EqualTo(1));
        Stage.Wall += TimeSpan.FromSeconds(1);
        peer.Heartbeat(10);
        Assert.That(KeepsOn(1), Has.Count.EqualTo(2));
        Assert.That(
            (CopyOn(1).ValidFrom, CopyOn(1).ValidUntil),
            Is.EqualTo((first.ValidFrom, first.ValidUntil)),
            "most of the time is left"
        );
        Stage.Wall += quarter;
        peer.Heartbeat(10);
        Assert.That(
            (CopyOn(1).ValidFrom, CopyOn(1).ValidUntil),
            Is.EqualTo((first.ValidFrom, Stage.Wall + Limits.OfflineTime)),
            "half of the time is over"
        );
        Assert.That(ToldOfCustody(), Has.Count.EqualTo(1), "the custody is the same");
    }

    [Test]
    public void A_handler_that_is_here_gets_the_copy_of_a_new_schedule_with_its_calendars()
    {
        Stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(
            ticket,
            new CalendarRecord
            {
                Namespace = "default",
                Name = "rest",
                Version = 0,
                Weekdays = [DayOfWeek.Sunday],
                Dates = [new DateOnly(2026, 12, 25)],
                CreatedAt = default,
                ChangedAt = default,
                CreatedBy = "test",
                ChangedBy = "test",
            },
            false,
            null
        ));
        Join(1);
        ScheduleTests.Save(Stage, Draft() with { ExcludeCalendars = ["rest"] });
        var calendar = CopyOn(1).Calendars!.Single();
        Assert.That(
            (
                calendar.Name,
                calendar.TimeZone,
                calendar.Dates.Single(),
                calendar.Ranges.Count,
                calendar.Weekdays.Single()
            ),
            Is.EqualTo(("rest", "UTC", new DateOnly(2026, 12, 25), 0, DayOfWeek.Sunday))
        );
    }

    [Test]
    public void A_handler_hears_nothing_of_a_schedule_that_it_does_not_keep()
    {
        Join(1);
        JoinCrate(3);
        Stage.Join(4, HelloOf(), "tenant-a");
        var before = Stage.Said.OfType<Effect.SendKeep>().Count();
        ScheduleTests.Save(Stage, Draft() with { Offline = OfflinePolicy.Wait });
        Assert.That(Stage.Said.OfType<Effect.SendKeep>().Count(), Is.EqualTo(before));
        ScheduleTests.Save(Stage, Draft());
        Assert.That(
            Stage.Said.OfType<Effect.SendKeep>().Skip(before).Select(keep => keep.Connection),
            Is.All.EqualTo(1)
        );
        Assert.That(Now.Keeping?.Handler, Is.EqualTo(Box));
    }

    [Test]
    public void The_deletion_of_one_schedule_leaves_the_handler_the_others()
    {
        ScheduleTests.Save(Stage, Draft());
        var other = new ScheduleId(Guid.NewGuid());
        ScheduleTests.Save(Stage, Draft() with { Id = other, Name = "other" });
        Join(1);
        Assert.That(KeepsOn(1)[^1].Only, Has.Count.EqualTo(2));
        Delete("s");
        Assert.That(KeepsOn(1)[^1].Only, Is.EqualTo(new[] { other.Value }));
        Delete("other");
        Assert.That(KeepsOn(1)[^1].Only, Is.Empty);
    }

    [Test]
    public void The_deletion_of_a_schedule_is_told_to_those_only_that_may_have_a_copy()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        JoinCrate(3);
        ScheduleTests.Save(
            Stage,
            Draft() with
            {
                Offline = OfflinePolicy.Wait,
                Job = new() { Method = "m", Handler = "crate" },
            }
        );
        var before = KeepsOn(3).Count;
        Delete("s");
        Assert.That(KeepsOn(3), Has.Count.EqualTo(before));
    }
}
