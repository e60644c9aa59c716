using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>A backfill makes the jobs that a range of the past lacks.</summary>
public sealed class BackfillTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    private Stage _stage = null!;
    private int _heard;

    [SetUp]
    public void Begin()
    {
        _stage = new Stage();
        _heard = 0;
        ScheduleTests.Save(_stage, ScheduleTests.Draft(EveryMinute) with { StartAt = Stage.Noon.AddDays(1) });
    }

    private Backfill Now => _stage.Look(state => state.FindSchedule("default", "s"))!.Backfill!;

    private IEnumerable<string> Told =>
        _stage
            .Said.OfType<Effect.Publish>()
            .Where(said => said.Happened.Type.StartsWith("schedule.backfill", StringComparison.Ordinal))
            .Select(said => $"{said.Happened.Type}: {said.Happened.Detail}");

    private List<double> Made => ScheduleTests.MinutesMade(_stage);

    private T Ask<T>(double from, double to, OverlapPolicy overlap = OverlapPolicy.Allow, int version = 1)
        where T : Answer =>
        _stage.Ask<T>(ticket => new BrokerInput.BackfillSchedule(
            ticket,
            "default",
            "s",
            version,
            Stage.Noon.AddMinutes(from),
            Stage.Noon.AddMinutes(to),
            (long)(to - from),
            overlap,
            "user:ana"
        ));

    // Answers the lookups of occurrences in place of the store, turn after turn, until the Core asks nothing more.
    private void Turn()
    {
        _stage.Jump(TimeSpan.Zero);
        while (_stage.Said.OfType<Effect.LookUpOccurrences>().Skip(_heard).FirstOrDefault() is { } asked)
        {
            _heard++;
            var present = asked
                .Ids.Where(id => _stage.Kept.Jobs.ContainsKey(id) || _stage.Kept.Finished.ContainsKey(id))
                .ToHashSet();
            _stage.Do(new BrokerInput.OccurrencesLookedUp(asked.Question, present));
            _stage.Jump(TimeSpan.Zero);
        }
    }

    private void Restart()
    {
        _stage.Restart();
        _heard = 0;
    }

    [Test]
    public void Every_instant_of_the_range_gets_its_job_in_order()
    {
        Ask<Answer.ScheduleIs>(-600, 0);
        Turn();
        Assert.That(Made, Is.EqualTo(Enumerable.Range(-600, 600)));
        Assert.That((Now.Made, Now.Present, Now.EndedAt), Is.EqualTo((600L, 0L, (DateTimeOffset?)Stage.Noon)));
        var job = _stage.Kept.Made[0];
        Assert.That(
            (job.Occurrence!.Origin, job.CreatedBy, job.State),
            Is.EqualTo((OccurrenceOrigin.Backfilled, "user:ana", JobState.Ready))
        );
        Assert.That(
            Told,
            Is.EqualTo(
                new[]
                {
                    "schedule.backfillStarted: 2026-06-01T02:00:00.0000000+00:00 to "
                        + "2026-06-01T12:00:00.0000000+00:00: 600 instants",
                    "schedule.backfillEnded: finished: 600 made, 0 had their jobs already",
                }
            )
        );
    }

    [Test]
    public void What_has_a_job_unfinished_or_finished_gets_no_second()
    {
        Ask<Answer.ScheduleIs>(-3, 0);
        Turn();
        var first = _stage.Kept.Made[0];
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", first.Id, null));
        Ask<Answer.ScheduleIs>(-5, 0);
        Turn();
        Assert.That(Made, Is.EqualTo(new[] { -3, -2, -1, -5, -4 }));
        Assert.That((Now.Made, Now.Present), Is.EqualTo((2L, 3L)));
    }

    [Test]
    public void Queue_makes_one_when_the_one_before_has_ended([Values] bool restart)
    {
        Ask<Answer.ScheduleIs>(-3, 0, OverlapPolicy.Queue);
        Turn();
        if (restart)
        {
            Restart();
            Turn();
        }

        Assert.That(Made, Is.EqualTo(new[] { -3 }));
        var peer = _stage.Join(1, "h", 4, "m");
        for (var ended = 1; ended <= 3; ended++)
        {
            Assert.That((peer.Assigned.Count, Now.Made, Now.IsUnderWay), Is.EqualTo((ended, (long)ended, true)));
            peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
            Turn();
        }

        Assert.That(Made, Is.EqualTo(new[] { -3, -2, -1 }));
        Assert.That(Now.IsUnderWay, Is.False);
    }

    [Test]
    public void A_start_of_the_broker_goes_on_where_it_was()
    {
        Limit(new NamespaceLimits { WaitingJobs = 10 });
        Ask<Answer.ScheduleIs>(-30, 0);
        Turn();
        Assert.That(Now.Made, Is.EqualTo(10), "the namespace is full");
        Restart();
        Limit(new NamespaceLimits());
        Turn();
        Assert.That(Made, Is.EqualTo(Enumerable.Range(-30, 30)));
        Assert.That((Now.Made, Now.Present, Now.IsUnderWay), Is.EqualTo((30L, 0L, false)));
    }

    [Test]
    public void What_waits_for_the_job_before_stays_the_triggers_also_when_it_has_come_and_gone_meanwhile()
    {
        ScheduleTests.Save(
            _stage,
            ScheduleTests.Draft(EveryMinute) with
            {
                Overlap = OverlapPolicy.Queue,
                MaxOccurrences = 2,
            }
        );
        _stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(Made, Is.EqualTo(new[] { 0 }), "the occurrence of minute 1 waits");
        Ask<Answer.ScheduleIs>(-2, 2, OverlapPolicy.Queue, version: 2);
        Turn();
        var peer = _stage.Join(1, "h", 4, "m");
        // The jobs of the trigger end first: the backfill has not come so far yet.
        while (
            peer
                .Assigned.Where(attempt => _stage.Kept.Jobs.ContainsKey(attempt.Job))
                .OrderBy(attempt => _stage.Kept.Find(attempt.Job).Occurrence!.Nominal)
                .ToList()
                is [.., var next]
        )
        {
            peer.Say(ReportEventTypes.Succeeded, next);
            Turn();
        }

        Assert.That(Made, Is.EquivalentTo(new[] { -2, -1, 0, 1 }));
        Assert.That((Now.Made, Now.Present, Now.IsUnderWay), Is.EqualTo((2L, 2L, false)));
    }

    [Test]
    public void A_full_namespace_makes_it_wait_and_look_again()
    {
        Limit(new NamespaceLimits { WaitingJobs = 10 });
        Ask<Answer.ScheduleIs>(-30, 0);
        Turn();
        _stage.Advance(20);
        Assert.That(Made, Has.Count.EqualTo(10));
        Limit(new NamespaceLimits { WaitingJobs = 15 });
        _stage.Advance(6);
        Assert.That(Made, Has.Count.EqualTo(15));
        Assert.That(_stage.Kept.Missed, Is.Empty, "no instant is given up");
    }

    [Test]
    public void What_waits_for_the_store_is_asked_again_after_a_restart_and_an_old_answer_is_let_go()
    {
        Ask<Answer.ScheduleIs>(-3, 0);
        _stage.Do();
        var old = _stage.Said.OfType<Effect.LookUpOccurrences>().Single();
        Restart();
        Turn();
        _stage.Do(new BrokerInput.OccurrencesLookedUp(old.Question, new HashSet<Contracts.Ids.JobId>()));
        Turn();
        Assert.That(Made, Is.EqualTo(new[] { -3, -2, -1 }));
    }

    [Test]
    public void Cancelled_it_makes_no_more_and_what_was_made_stays()
    {
        Ask<Answer.ScheduleIs>(-3, 0, OverlapPolicy.Queue);
        Turn();
        _stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.CancelBackfill(ticket, "default", "s", "user:bea"));
        var peer = _stage.Join(1, "h", 4, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
        Turn();
        Assert.That(Made, Is.EqualTo(new[] { -3 }));
        Assert.That(
            (Now.CancelledBy, Now.EndedAt, Now.Made),
            Is.EqualTo(("user:bea", (DateTimeOffset?)Stage.Noon, 1L))
        );
        Assert.That(
            Told.Last(),
            Is.EqualTo("schedule.backfillEnded: cancelled by user:bea: 1 made, 0 had their jobs already")
        );
        Assert.That(
            _stage
                .Ask<Answer.Refused>(ticket => new BrokerInput.CancelBackfill(ticket, "default", "s", "user:bea"))
                .Code,
            Is.EqualTo(ErrorCodes.Conflict)
        );
    }

    [Test]
    public void One_at_a_time_and_only_of_the_version_that_was_looked_at()
    {
        Assert.That(
            Refusal(-3, 0, version: 2),
            Is.EqualTo((ErrorCodes.Conflict, "The schedule was changed meanwhile, and is in version 1: ask again."))
        );
        Ask<Answer.ScheduleIs>(-3, 0, OverlapPolicy.Queue);
        Turn();
        Assert.That(
            Refusal(-9, -6, version: 1),
            Is.EqualTo(
                (ErrorCodes.Conflict, "A backfill of this schedule is under way: wait for its end, or cancel it.")
            )
        );
    }

    private (string Code, string Detail) Refusal(double from, double to, int version)
    {
        var refused = Ask<Answer.Refused>(from, to, version: version);
        return (refused.Code, refused.Detail);
    }

    [Test]
    public void After_an_edit_it_goes_on_with_the_instants_of_the_new_trigger()
    {
        Limit(new NamespaceLimits { WaitingJobs = 2 });
        Ask<Answer.ScheduleIs>(-30, 0);
        Turn();
        ScheduleTests.Save(
            _stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "*/10 * * * *" }) with
            {
                StartAt = Stage.Noon.AddDays(1),
            }
        );
        Limit(new NamespaceLimits());
        Turn();
        Assert.That(Made, Is.EqualTo(new[] { -30, -29, -20, -10 }));
        Assert.That(_stage.Kept.Made[^1].Occurrence!.Version, Is.EqualTo(2));
    }

    [Test]
    public void An_edit_after_the_clock_was_set_back_fires_nothing_that_a_backfill_made()
    {
        Ask<Answer.ScheduleIs>(-10, 0);
        Turn();
        Ask<Answer.ScheduleIs>(-30, -20);
        Turn();
        _stage.Wall -= TimeSpan.FromMinutes(5);
        ScheduleTests.Save(_stage, ScheduleTests.Draft(EveryMinute));
        _stage.Advance(TimeSpan.FromMinutes(5));
        Assert.That(Made, Is.EqualTo([.. Enumerable.Range(-10, 10), .. Enumerable.Range(-30, 10), 0]));
    }

    [Test]
    public void An_edit_goes_on_behind_the_latest_backfill_wherever_the_clock_was_set_to()
    {
        _stage.Jump(TimeSpan.FromHours(1));
        Ask<Answer.ScheduleIs>(40, 50);
        Turn();
        Ask<Answer.ScheduleIs>(20, 30);
        Turn();
        _stage.Wall = Stage.Noon.AddMinutes(10);
        for (var edit = 0; edit < 2; edit++)
        {
            var saved = ScheduleTests.Save(_stage, ScheduleTests.Draft(EveryMinute));
            Assert.That(saved.NextNominal, Is.EqualTo(Stage.Noon.AddMinutes(50)));
        }
    }

    [Test]
    public void A_paused_schedule_makes_nothing_until_it_is_resumed()
    {
        _stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            null,
            null
        ));
        Ask<Answer.ScheduleIs>(-3, 0);
        Turn();
        Assert.That(Made, Is.Empty);
        _stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"));
        Turn();
        Assert.That(Made, Is.EqualTo(new[] { -3, -2, -1 }));
    }

    [Test]
    public void The_trigger_goes_on_beside_it()
    {
        ScheduleTests.Save(_stage, ScheduleTests.Draft(EveryMinute) with { MaxOccurrences = 3 });
        _stage.Advance(TimeSpan.FromMinutes(1));
        Ask<Answer.ScheduleIs>(-2, 0, OverlapPolicy.Queue, version: 2);
        Turn();
        _stage.Advance(TimeSpan.FromMinutes(5));
        Assert.That(Made, Is.EqualTo(new[] { 0, 1, -2, 2 }), "backfilled jobs do not count");
    }

    private void Limit(NamespaceLimits limits)
    {
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = limits })]
        ));
    }
}
