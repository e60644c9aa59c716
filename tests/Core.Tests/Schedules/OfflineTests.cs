using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// A schedule that its handler runs offline: every instant is decided in one place, and the history has its job once.
/// </summary>
public sealed class OfflineTests
{
    private const string Box = "box";
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    private Stage _stage = null!;
    private int _heard;

    [SetUp]
    public void Begin()
    {
        _stage = new Stage(at: Stage.Noon.AddSeconds(30));
        _heard = 0;
    }

    private Schedule Now => _stage.Look(state => state.FindSchedule("default", "s"))!;

    private List<double> Made => [.. ScheduleTests.MinutesMade(_stage)];

    private List<double> Missed => ScheduleTests.MinutesMissed(_stage);

    private static Schedule Draft() =>
        ScheduleTests.Draft(EveryMinute) with
        {
            Offline = OfflinePolicy.Run,
            Job = new() { Method = "m", Handler = Box },
        };

    private static Hello HelloOf(string? store = "store-1", string instance = "i") =>
        Stage.HelloOf(Box, 10, ["m"], instance) with
        {
            OfflineStore = store,
        };

    /// <summary>Connects the handler, which has nothing to report.</summary>
    private Peer Join(long connection, string store = "store-1", string instance = "i")
    {
        var peer = _stage.Join(connection, HelloOf(store, instance));
        Tell(connection, null, last: true);
        return peer;
    }

    private KeptSchedule CopyOn(long connection) =>
        _stage
            .Said.OfType<Effect.SendKeep>()
            .Where(keep => keep.Connection == connection)
            .SelectMany(keep => keep.Schedules)
            .Last();

    private void Tell(long connection, KeptSchedule? copy, bool last = false, params OfflineRun[] runs)
    {
        _stage.Do(new BrokerInput.RanSaid(connection, copy, copy?.ScheduleId ?? default, runs, last));
        AnswerForStore();
    }

    private void AnswerForStore()
    {
        while (_stage.Said.OfType<Effect.LookUpOccurrences>().Skip(_heard).FirstOrDefault() is { } asked)
        {
            _heard++;
            var present = asked
                .Ids.Where(id => _stage.Kept.Jobs.ContainsKey(id) || _stage.Kept.Finished.ContainsKey(id))
                .ToHashSet();
            _stage.Do(new BrokerInput.OccurrencesLookedUp(asked.Question, present));
        }
    }

    private static OfflineRun Run(double minute, string outcome = OfflineOutcomes.Succeeded) =>
        new()
        {
            Nominal = Stage.Noon.AddMinutes(minute),
            Outcome = outcome,
            Attempts = 1,
            StartedAt = Stage.Noon.AddMinutes(minute),
            FinishedAt = Stage.Noon.AddMinutes(minute).AddSeconds(1),
            Error =
                outcome == OfflineOutcomes.Failed ? new AttemptError { Type = "broken", Message = "It broke." } : null,
            Reason = outcome == OfflineOutcomes.Missed ? "the one before ran" : null,
        };

    private List<double> TakenOn(long connection) =>
        [
            .. _stage
                .SentTo<Taken>(connection)
                .Where(taken => taken.Refused is null)
                .SelectMany(taken => taken.Nominals)
                .Select(nominal => (nominal - Stage.Noon).TotalMinutes),
        ];

    [Test]
    public void A_handler_with_a_store_is_given_a_copy_and_one_without_is_not()
    {
        ScheduleTests.Save(_stage, Draft() with { Params = RawJson.From(new { days = 3 }) });
        _stage.Join(1, HelloOf(store: null));
        Assert.That(_stage.Said.OfType<Effect.SendKeep>(), Is.Empty);
        _stage.Join(2, HelloOf(instance: "other"));
        var copy = CopyOn(2);
        Assert.That(
            (copy.Name, copy.Handler, copy.Store, copy.Method, copy.Params.ToString()),
            Is.EqualTo(("s", Box, "store-1", "m", """{"days":3}"""))
        );
        Assert.That((copy.ValidFrom, copy.ValidUntil), Is.EqualTo((_stage.Wall, _stage.Wall + Limits.OfflineTime)));
    }

    [Test]
    public void While_the_keeper_is_here_the_broker_fires()
    {
        ScheduleTests.Save(_stage, Draft());
        var peer = Join(1);
        peer.Live(TimeSpan.FromMinutes(2), 10);
        Assert.That(Made, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(peer.Assigned.Select(attempt => attempt.Job).Distinct(), Has.Exactly(2).Items);
    }

    [Test]
    public void What_the_keeper_ran_while_it_was_away_stands_here_once_and_is_not_run_again(
        [Values] bool brokerRestarts
    )
    {
        ScheduleTests.Save(_stage, Draft());
        var peer = Join(1);
        var copy = CopyOn(1);
        peer.Drop();
        _stage.Advance(TimeSpan.FromMinutes(60));
        Assert.That(Made, Is.Empty, "the Broker leaves the instants to the handler");
        if (brokerRestarts)
        {
            _stage.Restart();
            _heard = 0;
        }

        var back = _stage.Join(2, HelloOf());
        _stage.Advance(5);
        Assert.That(Made, Is.Empty, "the Broker waits for the handler's report");
        OfflineRun[] runs =
        [
            .. Enumerable
                .Range(1, 60)
                .Select(minute => Run(minute, minute == 7 ? OfflineOutcomes.Failed : OfflineOutcomes.Succeeded)),
        ];
        Tell(2, copy, last: false, runs);
        Tell(2, copy, last: true, runs); // The handler reports again: the Broker's answer may have been lost.
        Assert.That(TakenOn(2), Is.EqualTo(Enumerable.Range(1, 60).Concat(Enumerable.Range(1, 60))));
        Assert.That(_stage.Kept.Jobs, Is.Empty);
        var jobs = _stage.Kept.Finished.Values.Select(kept => kept.Job).ToList();
        Assert.That(
            jobs.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalMinutes),
            Is.EquivalentTo(Enumerable.Range(1, 60))
        );
        Assert.That(jobs.Count(job => job.State == JobState.Failed), Is.EqualTo(1));
        Assert.That(
            jobs,
            Has.All.Matches<Broker.Core.Jobs.Job>(job =>
                job.Occurrence!.Origin == OccurrenceOrigin.Offline
                && job.Ended!.Count == 1
                && job.Ended[0].Handler == Box
            )
        );
        back.Live(TimeSpan.FromSeconds(90), 10);
        Assert.That(Missed, Is.Empty);
        Assert.That(
            _stage.Said.OfType<Effect.Publish>().Count(said => said.Happened.Type == "schedule.fired"),
            Is.GreaterThanOrEqualTo(60)
        );
        Assert.That(
            _stage.Kept.Jobs.Values.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalMinutes),
            Is.EquivalentTo(new[] { 61, 62 }),
            "after that the Broker fires again"
        );
        Assert.That(Now.Occurrences, Is.EqualTo(62));
    }

    [TestCase(MisfirePolicy.None, new double[0])]
    [TestCase(MisfirePolicy.Latest, new double[] { 10 })]
    [TestCase(MisfirePolicy.All, new double[] { 4, 5, 6, 8, 9, 10 })]
    public void Of_what_nobody_ran_the_misfire_policy_decides(MisfirePolicy misfire, double[] made)
    {
        ScheduleTests.Save(_stage, Draft() with { Misfire = misfire });
        Join(1).Drop();
        var copy = CopyOn(1);
        _stage.Advance(TimeSpan.FromMinutes(9.8));
        _stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1), Run(2), Run(3), Run(7));
        _stage.Do();
        Assert.That(
            _stage.Kept.Jobs.Values.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalMinutes),
            Is.EquivalentTo(made)
        );
        Assert.That(
            Missed.Concat(made).Order(),
            Is.EqualTo(new double[] { 4, 5, 6, 8, 9, 10 }),
            "each instant has a job or a row"
        );
    }

    [Test]
    public void An_instant_that_both_had_is_one_job_with_the_keepers_outcome([Values] bool assigned)
    {
        ScheduleTests.Save(_stage, Draft());
        var peer = Join(1);
        var copy = CopyOn(1);
        peer.Live(TimeSpan.FromSeconds(32), assigned ? 10 : 0); // While the handler has no room, the job stays Ready.
        peer.Drop(); // The Broker notices the loss only now; the handler was gone for a minute.
        Assert.That(_stage.Kept.Jobs.Values.Single().State, Is.EqualTo(assigned ? JobState.Running : JobState.Ready));
        _stage.Join(2, HelloOf() with { Capacity = assigned ? 10 : 0 });
        Tell(2, copy, last: true, Run(1) with { Result = RawJson.From(42) });
        var (job, result) = _stage.Kept.Finished.Values.Single();
        Assert.That(
            (job.State, result.ToString(), job.Token),
            Is.EqualTo((JobState.Succeeded, "42", assigned ? 2 : 1))
        );
        Assert.That(
            job.Ended!.Select(attempt => attempt.Outcome),
            Is.EqualTo(
                assigned
                    ? new AttemptOutcome?[] { AttemptOutcome.Lost, AttemptOutcome.Succeeded }
                    : [AttemptOutcome.Succeeded]
            )
        );
        Assert.That(Now.Occurrences, Is.EqualTo(1));
    }

    [Test]
    public void Its_jobs_go_to_the_copy_of_the_handler_that_keeps_it_and_to_no_other()
    {
        ScheduleTests.Save(_stage, Draft());
        var keeper = Join(1);
        var other = _stage.Join(2, HelloOf("store-2", "other"));
        Tell(2, null, last: true);
        Assert.That(
            _stage
                .Said.OfType<Effect.SendKeep>()
                .Where(keep => keep.Connection == 2)
                .SelectMany(keep => keep.Schedules),
            Is.Empty
        );
        keeper.Live(TimeSpan.FromMinutes(1), 0);
        other.Heartbeat(10);
        Assert.That(other.Assigned, Is.Empty);
        keeper.Heartbeat(10);
        Assert.That(keeper.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void Another_store_may_keep_it_once_the_keepers_time_is_over_and_what_that_one_ran_is_still_taken()
    {
        ScheduleTests.Save(
            _stage,
            Draft() with
            {
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 * * * *" },
            }
        );
        Join(1).Drop();
        var copy = CopyOn(1);
        _stage.Jump(Limits.OfflineTime + OfflineStores.ClockSlack - TimeSpan.FromSeconds(1));
        Assert.That(Now.Keeping, Is.Not.Null);
        _stage.Jump(TimeSpan.FromSeconds(2));
        Assert.That(Now.Keeping, Is.Null);
        Assert.That(_stage.Kept.Missed, Has.Count.EqualTo(1), "one row for the instants that are left to the handler");
        Assert.That(Made, Is.Empty, "what the handler ran is not known yet");
        Join(2, "store-2", "new");
        Assert.That(Now.Keeping!.Store, Is.EqualTo("store-2"));
        _stage.Join(3, HelloOf("store-1", "old"));
        Tell(3, copy, last: true, Run(60));
        Assert.That(_stage.Kept.Finished, Has.Count.EqualTo(1));
        Assert.That(_stage.Kept.Missed, Is.Empty, "the instant has its job after all");
    }

    [Test]
    public void What_was_run_of_a_schedule_that_is_gone_or_changed_is_taken_all_the_same([Values] bool deleted)
    {
        ScheduleTests.Save(_stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        _stage.Advance(TimeSpan.FromMinutes(3));
        if (deleted)
        {
            _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"));
        }
        else
        {
            ScheduleTests.Save(
                _stage,
                Draft() with
                {
                    Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "*/5 * * * *" },
                }
            );
        }

        _stage.Advance(TimeSpan.FromMinutes(3));
        var peer = _stage.Join(2, HelloOf());
        Tell(2, copy, last: true, [.. Enumerable.Range(1, 6).Select(minute => Run(minute))]);
        Assert.That(
            _stage.Kept.Finished.Values.Select(kept => kept.Job.Occurrence!.Version),
            Is.EqualTo(Enumerable.Repeat(1, 6))
        );
        Assert.That(TakenOn(2), Has.Count.EqualTo(6));
        if (!deleted)
        {
            peer.Live(TimeSpan.FromMinutes(5), 10);
            Assert.That(
                _stage.Kept.Jobs.Values.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalMinutes),
                Is.EqualTo(new[] { 10 })
            );
        }
    }

    [Test]
    public void An_occurrence_under_way_holds_up_the_next_and_its_end_is_taken_later()
    {
        ScheduleTests.Save(_stage, Draft() with { Overlap = OverlapPolicy.Queue });
        Join(1).Drop();
        var copy = CopyOn(1);
        _stage.Advance(TimeSpan.FromMinutes(1));
        var peer = _stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1, OfflineOutcomes.Running));
        Assert.That(_stage.SentTo<Taken>(2), Is.Empty);
        Assert.That(Missed, Is.EqualTo(new[] { 1 }), "the instant has a row until the handler reports");
        peer.Live(TimeSpan.FromMinutes(1), 10);
        Assert.That(Made, Is.Empty);
        Assert.That(Now.Queued, Is.EqualTo(Stage.Noon.AddMinutes(2)));
        Tell(2, copy, last: false, Run(1));
        Assert.That(Made, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(Missed, Is.Empty);
    }

    [Test]
    public void An_instant_that_waited_here_and_ran_there_is_not_made_again()
    {
        ScheduleTests.Save(_stage, Draft() with { Overlap = OverlapPolicy.Queue });
        var peer = Join(1);
        var copy = CopyOn(1);
        // The first occurrence is due, and is assigned to a handler that does not answer any more.
        peer.Live(TimeSpan.FromSeconds(30), 10);
        peer.Heartbeat(10);
        var first = peer.Assigned[^1];
        peer.Live(TimeSpan.FromSeconds(60), 10, first);
        Assert.That(Now.Queued, Is.EqualTo(Stage.Noon.AddMinutes(2)));
        peer.Drop();
        _stage.Join(2, HelloOf() with { Resume = [new ResumedAttempt(first, first.Token)] });
        Tell(2, copy, last: true, Run(2));
        Assert.That(Now.Queued, Is.Null);
        _stage.Do(
            new BrokerInput.ReportSaid(
                2,
                new Report([
                    new ReportEvent
                    {
                        Type = ReportEventTypes.Succeeded,
                        AttemptId = first,
                        FencingToken = first.Token,
                    },
                ])
            )
        );
        _stage.Advance(5);
        Assert.That(Made, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void What_the_keeper_skipped_leaves_its_row()
    {
        ScheduleTests.Save(_stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        _stage.Advance(TimeSpan.FromMinutes(2));
        _stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1), Run(2, OfflineOutcomes.Missed));
        Tell(2, copy, last: false, Run(2, OfflineOutcomes.Missed));
        Assert.That(_stage.Kept.Missed.Select(row => row.Reason), Is.EqualTo(new[] { "the one before ran" }));
        Assert.That(Now.Missed, Is.EqualTo(1));
    }

    [Test]
    public void What_cannot_have_been_run_is_refused_and_noted_and_the_handler_told_to_put_it_aside()
    {
        ScheduleTests.Save(_stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        _stage.Advance(TimeSpan.FromMinutes(2));
        _stage.Join(2, HelloOf());
        _stage.Do(new BrokerInput.RanSaid(2, null, copy.ScheduleId, [Run(1)], false)); // A copy without a signature.
        Tell(2, copy with { Handler = "another" }, last: false, Run(1));
        Tell(2, copy with { Store = "another" }, last: false, Run(1));
        Tell(2, copy, last: false, Run(1.5)); // An instant that the trigger does not have.
        Tell(2, copy, last: false, Run(0)); // An instant before the handler had the copy.
        Tell(2, copy, last: false, Run(60)); // An instant in the future.
        Tell(2, copy, last: true);
        Assert.That(
            _stage.SentTo<Taken>(2),
            Has.Count.EqualTo(6).And.All.Matches<Taken>(taken => taken.Refused is not null)
        );
        Assert.That(_stage.Kept.Finished, Is.Empty);
        Assert.That(_stage.Kept.AuditLines, Has.Some.Contains("schedules:report"));
    }

    [Test]
    public void Runs_of_a_handler_without_a_store_and_too_many_at_once_are_strikes()
    {
        ScheduleTests.Save(_stage, Draft());
        Join(1);
        var copy = CopyOn(1);
        _stage.Join(2, HelloOf(store: null, instance: "other"));
        for (var i = 0; i < 8; i++)
        {
            Tell(2, copy, last: false, Run(1));
            Tell(1, copy, last: false, [.. Enumerable.Repeat(Run(1), Limits.OfflineRunsMax + 1)]);
        }

        Assert.That(
            _stage.ClosedOn(1).Concat(_stage.ClosedOn(2)).Select(close => close.Code),
            Is.EqualTo(new[] { ErrorCodes.Forbidden, ErrorCodes.Forbidden })
        );
        Assert.That(_stage.Kept.Finished, Is.Empty);
    }

    [Test]
    public void A_pause_a_deletion_and_another_handler_take_the_copy_back()
    {
        ScheduleTests.Save(_stage, Draft());
        Join(1);
        Assert.That(OnlyOn(1), Has.Count.EqualTo(1));
        _stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            null,
            null
        ));
        Assert.That(OnlyOn(1), Is.Empty);
        _stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"));
        Assert.That(OnlyOn(1), Has.Count.EqualTo(1));
        ScheduleTests.Save(
            _stage,
            Draft() with
            {
                Job = new() { Method = "m", Handler = "elsewhere" },
            }
        );
        Assert.That(OnlyOn(1), Is.Empty);
        Assert.That(Now.Keeping, Is.Null);
        ScheduleTests.Save(_stage, Draft());
        Assert.That(OnlyOn(1), Has.Count.EqualTo(1));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"));
        Assert.That(OnlyOn(1), Is.Empty);
    }

    private IReadOnlyList<Guid> OnlyOn(long connection) =>
        _stage.Said.OfType<Effect.SendKeep>().Last(keep => keep.Connection == connection).Only;

    [Test]
    public void A_keeper_that_stays_is_given_new_copies_before_the_old_are_over()
    {
        ScheduleTests.Save(_stage, Draft() with { StartAt = Stage.Noon.AddYears(1) });
        var peer = Join(1);
        for (var day = 0; day < 10; day++)
        {
            _stage.Wall += TimeSpan.FromDays(1);
            peer.Heartbeat(10);
            Assert.That(CopyOn(1).ValidUntil - _stage.Wall, Is.GreaterThan(Limits.OfflineTime / 4));
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
        ScheduleTests.Save(_stage, Draft() with { StartAt = Stage.Noon.AddYears(1) });
        ScheduleTests.Save(
            _stage,
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
            _stage.Wall += TimeSpan.FromDays(1);
            ScheduleTests.Save(_stage, Draft() with { Name = "busy", StartAt = Stage.Noon.AddYears(1) });
            peer.Heartbeat(10);
            Assert.That(Now.Keeping!.Until - _stage.Wall, Is.GreaterThan(Limits.OfflineTime / 4));
        }
    }

    [Test]
    public void The_gate_says_who_keeps_it()
    {
        ScheduleTests.Save(_stage, Draft());
        var peer = Join(1);
        Assert.That(
            _stage.Look(state => state.ExplainSchedule("default", "s"))!.HeldBy,
            Is.EqualTo(ScheduleGateCode.NotDue)
        );
        peer.Drop();
        var held = _stage.Look(state => state.ExplainSchedule("default", "s"))!;
        Assert.That(
            (held.HeldBy, held.Gates[^1].OpensAt),
            Is.EqualTo((ScheduleGateCode.Kept, (DateTimeOffset?)OfflineStores.EndOf(Now.Keeping!)))
        );
        Assert.That(held.Gates[^1].Sentence, Does.Contain(Box));
    }

    [Test]
    public void A_backfill_waits_for_the_keeper()
    {
        ScheduleTests.Save(_stage, Draft());
        Join(1).Drop();
        var refused = _stage.Ask<Answer.Refused>(ticket => new BrokerInput.BackfillSchedule(
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
        Assert.That((refused.Code, refused.Detail), Is.EqualTo((ErrorCodes.Conflict, refused.Detail)));
        Assert.That(refused.Detail, Does.Contain(Box));
    }

    [Test]
    public void Ids_are_those_that_the_broker_would_have_given()
    {
        ScheduleTests.Save(_stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        _stage.Advance(TimeSpan.FromMinutes(1));
        _stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1));
        Assert.That(
            _stage.Kept.Finished.Keys.Single(),
            Is.EqualTo(OccurrenceId.Of(new ScheduleId(copy.ScheduleId), Stage.Noon.AddMinutes(1)))
        );
    }
}
