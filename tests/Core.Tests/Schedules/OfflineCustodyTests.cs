using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// Which handler has custody of a schedule, and for how long: every instant is served in one place.
/// </summary>
public sealed class OfflineCustodyTests : OfflineFixture
{
    [Test]
    public void A_handler_with_a_store_is_given_a_copy_and_one_without_is_not()
    {
        ScheduleTests.Save(Stage, Draft() with { Params = RawJson.From(new { days = 3 }) });
        Stage.Join(1, HelloOf(store: null));
        Assert.That(Stage.Said.OfType<Effect.SendKeep>(), Is.Empty);
        Stage.Join(2, HelloOf(instance: "other"));
        var copy = CopyOn(2);
        Assert.That(
            (copy.Name, copy.Handler, copy.Store, copy.Method, copy.Params.ToString()),
            Is.EqualTo(("s", Box, "store-1", "m", """{"days":3}"""))
        );
        Assert.That((copy.ValidFrom, copy.ValidUntil), Is.EqualTo((Stage.Wall, Stage.Wall + Limits.OfflineTime)));
    }

    [Test]
    public void While_the_custodian_is_here_the_broker_fires()
    {
        ScheduleTests.Save(Stage, Draft());
        var peer = Join(1);
        peer.Live(TimeSpan.FromMinutes(2), 10);
        Assert.That(Made, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(peer.Assigned.Select(attempt => attempt.Job).Distinct(), Has.Exactly(2).Items);
    }

    [Test]
    public void From_the_custodians_bye_on_the_broker_leaves_the_instants_to_it()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1);
        Stage.Do(new BrokerInput.ByeSaid(1, "the service stops"));
        Stage.Advance(TimeSpan.FromMinutes(5));
        Assert.That(Made, Is.Empty);
        Join(2);
        Assert.That(Made, Is.Not.Empty, "it has reported that it ran nothing");
    }

    [Test]
    public void Jobs_of_the_schedule_go_to_the_instance_that_is_custodian_and_to_no_other()
    {
        ScheduleTests.Save(Stage, Draft());
        var custodian = Join(1);
        var other = Stage.Join(2, HelloOf("store-2", "other"));
        Tell(2, null, last: true);
        Assert.That(
            Stage.Said.OfType<Effect.SendKeep>().Where(keep => keep.Connection == 2).SelectMany(keep => keep.Schedules),
            Is.Empty
        );
        custodian.Live(TimeSpan.FromMinutes(1), 0);
        other.Heartbeat(10);
        Assert.That(other.Assigned, Is.Empty);
        custodian.Heartbeat(10);
        Assert.That(custodian.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void Another_store_may_have_custody_once_the_time_is_over_and_what_the_first_one_ran_is_still_accepted()
    {
        ScheduleTests.Save(
            Stage,
            Draft() with
            {
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 * * * *" },
            }
        );
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Jump(Limits.OfflineTime + OfflineStores.ClockSlack - TimeSpan.FromSeconds(1));
        Assert.That(Now.Keeping, Is.Not.Null);
        Stage.Jump(TimeSpan.FromSeconds(2));
        Assert.That(Now.Keeping, Is.Null);
        Assert.That(Stage.Kept.Missed, Has.Count.EqualTo(1), "one row for the instants that are left to the handler");
        Assert.That(Made, Is.Empty, "what the handler ran is not known yet");
        Join(2, "store-2", "new");
        Assert.That(Now.Keeping!.Store, Is.EqualTo("store-2"));
        Stage.Join(3, HelloOf("store-1", "old"));
        Tell(3, copy, last: true, Run(60));
        Assert.That(Stage.Kept.Finished, Has.Count.EqualTo(1));
        Assert.That(Stage.Kept.Missed, Is.Empty, "the instant has its job after all");
    }

    [Test]
    public void A_pause_a_deletion_and_another_handler_take_the_copy_back()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1);
        Assert.That(OnlyOn(1), Has.Count.EqualTo(1));
        Stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            null,
            null
        ));
        Assert.That(OnlyOn(1), Is.Empty);
        Stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"));
        Assert.That(OnlyOn(1), Has.Count.EqualTo(1));
        ScheduleTests.Save(
            Stage,
            Draft() with
            {
                Job = new() { Method = "m", Handler = "elsewhere" },
            }
        );
        Assert.That(OnlyOn(1), Is.Empty);
        Assert.That(Now.Keeping, Is.Null);
        ScheduleTests.Save(Stage, Draft());
        Assert.That(OnlyOn(1), Has.Count.EqualTo(1));
        Stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"));
        Assert.That(OnlyOn(1), Is.Empty);
    }

    private IReadOnlyList<Guid> OnlyOn(long connection) =>
        Stage.Said.OfType<Effect.SendKeep>().Last(keep => keep.Connection == connection).Only;

    [Test]
    public void A_custodian_that_stays_is_given_new_copies_before_the_old_are_over()
    {
        ScheduleTests.Save(Stage, Draft() with { StartAt = Stage.Noon.AddYears(1) });
        var peer = Join(1);
        for (var day = 0; day < 10; day++)
        {
            Stage.Wall += TimeSpan.FromDays(1);
            peer.Heartbeat(10);
            Assert.That(CopyOn(1).ValidUntil - Stage.Wall, Is.GreaterThan(Limits.OfflineTime / 4));
        }

        Assert.That(
            CopyOn(1).ValidFrom,
            Is.EqualTo(Stage.Noon.AddSeconds(30)),
            "instants that the handler may have run stay with the handler"
        );
    }

    [Test]
    public void A_schedule_that_is_edited_again_and_again_does_not_keep_the_others_from_being_renewed()
    {
        ScheduleTests.Save(Stage, Draft() with { StartAt = Stage.Noon.AddYears(1) });
        ScheduleTests.Save(
            Stage,
            Draft() with
            {
                Id = new ScheduleId(Guid.NewGuid()),
                Name = "busy",
                StartAt = Stage.Noon.AddYears(1),
            }
        );
        var peer = Join(1);
        for (var day = 0; day < 10; day++)
        {
            Stage.Wall += TimeSpan.FromDays(1);
            ScheduleTests.Save(Stage, Draft() with { Name = "busy", StartAt = Stage.Noon.AddYears(1) });
            peer.Heartbeat(10);
            Assert.That(Now.Keeping!.Until - Stage.Wall, Is.GreaterThan(Limits.OfflineTime / 4));
        }
    }

    [Test]
    public void The_gate_names_the_custodian()
    {
        ScheduleTests.Save(Stage, Draft());
        var peer = Join(1);
        Assert.That(
            Stage.Look(state => state.ExplainSchedule("default", "s"))!.HeldBy,
            Is.EqualTo(ScheduleGateCode.NotDue)
        );
        peer.Drop();
        var held = Stage.Look(state => state.ExplainSchedule("default", "s"))!;
        Assert.That(
            held.Gates[^1],
            Is.EqualTo(
                new ScheduleGateView(
                    ScheduleGateCode.Kept,
                    Passed: false,
                    "Handler box keeps it and is out of reach, or has not told yet what it ran meanwhile.",
                    "The handler comes back, or its time as keeper is over.",
                    OfflineStores.EndOf(Now.Keeping!)
                )
            )
        );
    }

    [Test]
    public void A_backfill_waits_for_the_custodian()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        var refused = Stage.Ask<Answer.Refused>(ticket => new BrokerInput.BackfillSchedule(
            ticket,
            "default",
            "s",
            1,
            Stage.Noon.AddHours(-1),
            Stage.Noon,
            60,
            OverlapPolicy.Allow,
            "user:ana"
        ));
        Assert.That(
            (refused.Code, refused.Detail),
            Is.EqualTo(
                (
                    ErrorCodes.Conflict,
                    "Handler box keeps the schedule and has yet to tell what it ran: ask again when it is back."
                )
            )
        );
    }

    [Test]
    public void A_changed_calendar_is_sent_to_the_custodian_at_once()
    {
        var free = new CalendarRecord
        {
            Namespace = "default",
            Name = "free",
            Version = 0,
            Weekdays = [DayOfWeek.Sunday],
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
            ChangedBy = "test",
        };
        Save(free);
        ScheduleTests.Save(Stage, Draft() with { ExcludeCalendars = ["free"] });
        Join(1);
        Save(free with { Weekdays = [DayOfWeek.Saturday] });
        Assert.That(CopyOn(1).Calendars!.Single().Weekdays, Is.EqualTo(new[] { DayOfWeek.Saturday }));

        void Save(CalendarRecord calendar) =>
            Stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(ticket, calendar, false, null));
    }

    [TestCase(OfflinePolicy.Run, false, 5, false)]
    [TestCase(OfflinePolicy.Run, false, 6, true)]
    [TestCase(OfflinePolicy.Wait, true, 5, false)]
    [TestCase(OfflinePolicy.Wait, true, 6, true)]
    [TestCase(OfflinePolicy.Wait, false, 5, true)]
    public void Schedule_that_a_custodian_may_have_served_with_a_fast_clock_is_not_rewound_at_a_start(
        OfflinePolicy offline,
        bool inCustody,
        int passed,
        bool isRewound
    )
    {
        ScheduleTests.Save(Stage, Draft() with { Offline = offline });
        var row = Stage.Kept.Schedules.Values.Single();
        Stage.Kept.Schedules[row.Id] = row with
        {
            Passed = Stage.Noon.AddMinutes(passed),
            NextNominal = Stage.Noon.AddMinutes(passed + 1),
            Keeping = inCustody ? new Keeping(Box, "store-1", Stage.Noon, Stage.Noon.AddDays(7)) : null,
        };
        Restart();
        Join(1);
        Stage.Jump(TimeSpan.Zero);
        Assert.That(Now.NextNominal, Is.EqualTo(Stage.Noon.AddMinutes(isRewound ? 1 : passed + 1)));
    }
}
