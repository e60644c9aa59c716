using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// What a handler reports that it ran of a schedule while it was offline: the history has each job once.
/// </summary>
public sealed class OfflineRunTests : OfflineFixture
{
    [Test]
    public void What_the_custodian_ran_while_it_was_away_stands_here_once_and_is_not_run_again(
        [Values] bool brokerRestarts
    )
    {
        ScheduleTests.Save(Stage, Draft());
        var peer = Join(1);
        var copy = CopyOn(1);
        peer.Drop();
        Stage.Advance(TimeSpan.FromMinutes(60));
        Assert.That(Made, Is.Empty, "the Broker leaves the instants to the handler");
        if (brokerRestarts)
        {
            Restart();
        }

        var back = Stage.Join(2, HelloOf());
        Stage.Advance(5);
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
        Assert.That(Stage.Kept.Jobs, Is.Empty);
        var jobs = Stage.Kept.Finished.Values.Select(kept => kept.Job).ToList();
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
            Stage.Said.OfType<Effect.Publish>().Count(said => said.Happened.Type == "schedule.fired"),
            Is.GreaterThanOrEqualTo(60)
        );
        Assert.That(
            Stage.Kept.Jobs.Values.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalMinutes),
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
        ScheduleTests.Save(Stage, Draft() with { Misfire = misfire });
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(TimeSpan.FromMinutes(9.8));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1), Run(2), Run(3), Run(7));
        Stage.Do();
        Assert.That(
            Stage.Kept.Jobs.Values.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalMinutes),
            Is.EquivalentTo(made)
        );
        Assert.That(
            Missed.Concat(made).Order(),
            Is.EqualTo(new double[] { 4, 5, 6, 8, 9, 10 }),
            "each instant has a job or a row"
        );
    }

    [Test]
    public void An_instant_that_both_had_is_one_job_with_the_custodians_outcome([Values] bool assigned)
    {
        ScheduleTests.Save(Stage, Draft());
        var peer = Join(1);
        var copy = CopyOn(1);
        peer.Live(TimeSpan.FromSeconds(32), assigned ? 10 : 0); // While the handler has no room, the job stays Ready.
        peer.Drop(); // The Broker notices the loss only now; the handler was gone for a minute.
        Assert.That(Stage.Kept.Jobs.Values.Single().State, Is.EqualTo(assigned ? JobState.Running : JobState.Ready));
        Stage.Join(2, HelloOf() with { Capacity = assigned ? 10 : 0 });
        Tell(2, copy, last: true, Run(1) with { Result = RawJson.From(42) });
        var (job, result) = Stage.Kept.Finished.Values.Single();
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
    public void What_was_run_of_a_schedule_that_is_gone_or_changed_is_accepted_all_the_same([Values] bool deleted)
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(TimeSpan.FromMinutes(3));
        if (deleted)
        {
            Stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"));
        }
        else
        {
            ScheduleTests.Save(
                Stage,
                Draft() with
                {
                    Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "*/5 * * * *" },
                }
            );
        }

        Stage.Advance(TimeSpan.FromMinutes(3));
        var peer = Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, [.. Enumerable.Range(1, 6).Select(minute => Run(minute))]);
        Assert.That(
            Stage.Kept.Finished.Values.Select(kept => kept.Job.Occurrence!.Version),
            Is.EqualTo(Enumerable.Repeat(1, 6))
        );
        Assert.That(TakenOn(2), Has.Count.EqualTo(6));
        if (!deleted)
        {
            peer.Live(TimeSpan.FromMinutes(5), 10);
            Assert.That(
                Stage.Kept.Jobs.Values.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalMinutes),
                Is.EqualTo(new[] { 10 })
            );
        }
    }

    [Test]
    public void An_occurrence_under_way_holds_up_the_next_and_its_end_is_accepted_later()
    {
        ScheduleTests.Save(Stage, Draft() with { Overlap = OverlapPolicy.Queue });
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(TimeSpan.FromMinutes(1));
        var peer = Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1, OfflineOutcomes.Running));
        Assert.That(Stage.SentTo<Taken>(2), Is.Empty);
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
        ScheduleTests.Save(Stage, Draft() with { Overlap = OverlapPolicy.Queue });
        var peer = Join(1);
        var copy = CopyOn(1);
        // The first occurrence is due, and is assigned to a handler that does not answer any more.
        peer.Live(TimeSpan.FromSeconds(30), 10);
        peer.Heartbeat(10);
        var first = peer.Assigned[^1];
        peer.Live(TimeSpan.FromSeconds(60), 10, first);
        Assert.That(Now.Queued, Is.EqualTo(Stage.Noon.AddMinutes(2)));
        peer.Drop();
        Stage.Join(2, HelloOf() with { Resume = [new ResumedAttempt(first, first.Token)] });
        Tell(2, copy, last: true, Run(2));
        Assert.That(Now.Queued, Is.Null);
        Stage.Do(
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
        Stage.Advance(5);
        Assert.That(Made, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void What_the_custodian_skipped_leaves_its_row()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(TimeSpan.FromMinutes(2));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1), Run(2, OfflineOutcomes.Missed));
        Tell(2, copy, last: false, Run(2, OfflineOutcomes.Missed));
        Assert.That(Stage.Kept.Missed.Select(row => row.Reason), Is.EqualTo(new[] { "the one before ran" }));
        Assert.That(Now.Missed, Is.EqualTo(1));
    }

    [Test]
    public void What_cannot_have_been_run_is_refused_and_noted_and_the_handler_told_to_put_it_aside()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(TimeSpan.FromMinutes(2));
        Stage.Join(2, HelloOf());
        Stage.Do(new BrokerInput.RanSaid(2, null, copy.ScheduleId, [Run(1)], false)); // A copy without a signature.
        Tell(2, copy with { Handler = "another" }, last: false, Run(1));
        Tell(2, copy with { Store = "another" }, last: false, Run(1));
        Tell(2, copy, last: false, Run(1.5)); // An instant that the trigger does not have.
        Tell(2, copy, last: false, Run(0)); // An instant before the handler had the copy.
        Tell(2, copy, last: false, Run(60)); // An instant in the future.
        Tell(2, copy, last: true);
        Assert.That(
            Stage.SentTo<Taken>(2),
            Has.Count.EqualTo(6).And.All.Matches<Taken>(taken => taken.Refused is not null)
        );
        Assert.That(Stage.Kept.Finished, Is.Empty);
        Assert.That(Stage.Kept.AuditLines, Has.Some.Contains("schedules:report"));
    }

    [Test]
    public void Runs_of_a_handler_without_a_store_and_too_many_at_once_are_strikes()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1);
        var copy = CopyOn(1);
        Stage.Join(2, HelloOf(store: null, instance: "other"));
        for (var i = 0; i < 8; i++)
        {
            Tell(2, copy, last: false, Run(1));
            Tell(1, copy, last: false, [.. Enumerable.Repeat(Run(1), Limits.OfflineRunsMax + 1)]);
        }

        Assert.That(
            Stage.ClosedOn(1).Concat(Stage.ClosedOn(2)).Select(close => close.Code),
            Is.EqualTo(new[] { ErrorCodes.Forbidden, ErrorCodes.Forbidden })
        );
        Assert.That(Stage.Kept.Finished, Is.Empty);
    }

    [Test]
    public void Ids_are_those_that_the_broker_would_have_given()
    {
        ScheduleTests.Save(Stage, Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(TimeSpan.FromMinutes(1));
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(1));
        Assert.That(
            Stage.Kept.Finished.Keys.Single(),
            Is.EqualTo(OccurrenceId.Of(new ScheduleId(copy.ScheduleId), Stage.Noon.AddMinutes(1)))
        );
    }
}
