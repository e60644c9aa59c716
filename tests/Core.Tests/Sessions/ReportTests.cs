using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Sessions;

public sealed class ReportTests
{
    private readonly Hello _hello = Stage.HelloOf("h", 4, ["m"]);

    private static (Stage Stage, Peer Peer, AttemptId Open) Running(CoreOptions? options = null)
    {
        var stage = new Stage(options: options);
        var peer = stage.Join(1, "h", 4, "m");
        stage.Enqueue("m");
        return (stage, peer, peer.Assigned[0]);
    }

    [Test]
    public void An_attempt_logs_so_much_and_no_more_and_the_next_one_as_much_again()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 5, "m");
        var job = stage.Enqueue("m");
        var attempt = peer.Assigned[0];
        var line = new string('x', Limits.LogMessageLengthMax);
        for (var i = 0; i < 300; i++)
        {
            peer.Say(
                new ReportEvent
                {
                    Type = ReportEventTypes.Log,
                    AttemptId = attempt,
                    Level = "information",
                    Message = line,
                }
            );
        }

        var kept = stage
            .Said.OfType<Effect.Publish>()
            .Select(said => said.Happened)
            .Where(happened => happened.Type == "job.log")
            .SelectMany(happened => happened.Lines!)
            .ToList();
        Assert.That(kept, Has.Count.EqualTo((Limits.LogCharactersPerAttemptMax / (line.Length + 32)) + 1));
        Assert.That(kept[^1], Has.Property("Level").EqualTo("warning").And.Property("Message").Contains("not kept"));
        Assert.That(stage.Kept.Jobs, Contains.Key(job), "the job goes on");
    }

    [Test]
    public void A_result_is_accepted_once_and_acknowledged_each_time()
    {
        var (stage, peer, open) = Running();
        var result = new ReportEvent
        {
            Type = ReportEventTypes.Succeeded,
            AttemptId = open,
            FencingToken = open.Token,
            Result = RawJson.Parse("[1]"),
        };
        peer.Say(result);
        Assert.That(peer.Acknowledged(open), Is.EqualTo("accepted"));
        stage.Forget();
        var again = peer.Say(result with { Result = RawJson.Parse("[2]") });
        Assert.That(peer.Acknowledged(open), Is.EqualTo("accepted"));
        Assert.That(again.Changes, Is.Empty);
        Assert.That(stage.Kept.Finished[open.Job].Result.ToString(), Is.EqualTo("[1]"));
    }

    [Test]
    public void A_success_after_the_grace_of_a_cancel_is_not_called_accepted()
    {
        var (stage, peer, open) = Running();
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(
            ticket,
            "default",
            open.Job,
            TimeSpan.FromSeconds(2)
        ));
        stage.Advance(3);
        Assert.That(stage.Kept.Find(open.Job).State, Is.EqualTo(JobState.Cancelled));
        peer.Say(ReportEventTypes.Succeeded, open);
        Assert.That(peer.Acknowledged(open), Is.EqualTo("superseded"), "the late result was not accepted");
        peer.Say(ReportEventTypes.Cancelled, open);
        Assert.That(peer.Acknowledged(open), Is.EqualTo("accepted"), "the outcome is the one that was accepted");
    }

    [Test]
    public void A_result_after_the_lease_was_lost_is_superseded_and_kept_in_the_history()
    {
        var (stage, peer, open) = Running();
        stage.Advance(31);
        var back = stage.Join(2, _hello);
        stage.Advance(1);
        back.Say(ReportEventTypes.Succeeded, open);
        Assert.That(back.Acknowledged(open), Is.EqualTo("superseded"));
        Assert.That(stage.Kept.Superseded.Single().Token, Is.EqualTo(open.Token));
        back.Say(ReportEventTypes.Succeeded, open);
        Assert.That(stage.Kept.Superseded, Has.Count.EqualTo(1), "a repeated result adds nothing");
        var next = back.Assigned[^1];
        back.Say(ReportEventTypes.Succeeded, next);
        Assert.That(
            stage.Kept.Find(open.Job).Ended!.Select(attempt => attempt.Outcome),
            Is.EqualTo(new AttemptOutcome?[] { AttemptOutcome.Superseded, AttemptOutcome.Succeeded })
        );
        Assert.That(peer.Connection, Is.EqualTo(1));
    }

    [Test]
    public void A_handler_that_always_rejects_does_not_make_the_job_grow()
    {
        var (stage, peer, open) = Running();
        for (var i = 0; i < 3 * JobMachine.RejectionsKept; i++)
        {
            peer.Say(
                new ReportEvent
                {
                    Type = ReportEventTypes.Rejected,
                    AttemptId = peer.Assigned[^1],
                    Reason = $"{i}",
                }
            );
            peer.Live(TimeSpan.FromSeconds(2), 4);
        }

        var job = stage.Kept.Find(open.Job);
        Assert.That(
            job.Ended!.Select(attempt => attempt.Error!.Message),
            Is.EqualTo(Enumerable.Range(2 * JobMachine.RejectionsKept, JobMachine.RejectionsKept).Select(i => $"{i}"))
        );
        Assert.That(job.Token, Is.EqualTo((3 * JobMachine.RejectionsKept) + 1), "tokens grow on");
    }

    [Test]
    public void What_a_late_result_says_of_its_attempt_outlives_the_jobs_next_step()
    {
        var (stage, _, open) = Running();
        stage.Advance(31);
        var late = stage.Wall;
        var back = stage.Join(2, _hello);
        back.Say(ReportEventTypes.Succeeded, open);
        stage.Advance(5);
        back.Say(ReportEventTypes.Succeeded, back.Assigned[^1]);

        var superseded = stage.Kept.Find(open.Job).Ended![0];
        Assert.That(superseded.Outcome, Is.EqualTo(AttemptOutcome.Superseded));
        Assert.That(superseded.FinishedAt, Is.EqualTo(late));
        Assert.That(superseded.Error, Is.Null, "the attempt succeeded too late");
    }

    [Test]
    public void The_error_of_a_late_failure_is_cut_to_its_bounds()
    {
        var (stage, _, open) = Running();
        stage.Advance(31);
        stage
            .Join(2, _hello)
            .Say(
                new ReportEvent
                {
                    Type = ReportEventTypes.Failed,
                    AttemptId = open,
                    FencingToken = open.Token,
                    Error = new AttemptError
                    {
                        Type = "t",
                        Message = new string('x', 1_000_000),
                        StackTrace = new string('y', 1_000_000),
                    },
                }
            );
        Assert.That(stage.Kept.Superseded.Single().Error!.Message, Has.Length.EqualTo(Limits.ErrorMessageLengthMax));
        Assert.That(stage.Kept.Superseded.Single().Error!.StackTrace, Has.Length.EqualTo(Limits.StackTraceLengthMax));
    }

    [Test]
    public void A_report_on_anothers_attempt_changes_nothing_and_eight_of_them_end_the_connection()
    {
        var (stage, _, open) = Running();
        var liar = stage.Join(2, "liar", 4, "other");
        for (var i = 0; i < 8; i++)
        {
            Assert.That(stage.ClosedOn(2), Is.Empty);
            liar.Say(ReportEventTypes.Succeeded, open);
        }

        Assert.That(stage.ClosedOn(2).Single().Code, Is.EqualTo(ErrorCodes.Forbidden));
        Assert.That(stage.Kept.Find(open.Job).Current!.Handler, Is.EqualTo("h"));
        Assert.That(
            stage.Said.OfType<Effect.Publish>().Count(said => said.Happened.Type == "handler.refused"),
            Is.EqualTo(8)
        );
    }

    [Test]
    public void The_same_handlers_name_in_another_namespace_may_not_report()
    {
        var (stage, _, open) = Running();
        stage.Join(2, _hello, "tenant-b").Say(ReportEventTypes.Succeeded, open);
        Assert.That(stage.Kept.Find(open.Job).Current, Is.Not.Null);
        Assert.That(new Peer(stage, 2).Acknowledged(open), Is.EqualTo("superseded"));
    }

    [Test]
    public void A_stale_token_is_not_accepted()
    {
        var (stage, peer, open) = Running();
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Succeeded,
                AttemptId = open,
                FencingToken = open.Token + 1,
            }
        );
        peer.Say(ReportEventTypes.Succeeded, open with { Token = open.Token + 1 });
        Assert.That(stage.Kept.Find(open.Job).Current, Is.Not.Null);
    }

    [Test]
    public void A_result_that_is_too_large_fails_the_job_for_good()
    {
        var (stage, peer, open) = Running(new CoreOptions { ResultBytesMax = 4 });
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Succeeded,
                AttemptId = open,
                FencingToken = 1,
                Result = RawJson.Parse("12345"),
            }
        );
        var (job, result) = stage.Kept.Finished[open.Job];
        Assert.That(job.State, Is.EqualTo(JobState.Failed));
        Assert.That(job.Error!.Type, Is.EqualTo(ErrorCodes.TooLarge));
        Assert.That(result.IsEmpty, Is.True);
        Assert.That(peer.Acknowledged(open), Is.EqualTo("accepted"));
    }

    [Test]
    public void A_result_of_the_largest_size_is_stored_and_its_job_succeeds()
    {
        var (stage, peer, open) = Running(new CoreOptions { ResultBytesMax = 4 });
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Succeeded,
                AttemptId = open,
                FencingToken = 1,
                Result = RawJson.Parse("1234"),
            }
        );
        var (job, result) = stage.Kept.Finished[open.Job];
        Assert.That((job.State, result.ToString()), Is.EqualTo((JobState.Succeeded, "1234")));
    }

    [Test]
    public void The_newest_message_of_progress_stays_until_the_next_one()
    {
        var (stage, peer, open) = Running();
        (string?, string?) Told(string? message, double? percent)
        {
            peer.Say(
                new ReportEvent
                {
                    Type = ReportEventTypes.Progress,
                    AttemptId = open,
                    Message = message,
                    Percent = percent,
                }
            );
            return (
                stage.Look(state => state.FindJob("default", open.Job)!.Value.Message),
                stage.Said.OfType<Effect.Publish>().Last().Happened.Detail
            );
        }

        Assert.That(Told("reads", 10), Is.EqualTo(("reads", "reads")));
        Assert.That(Told("writes", null), Is.EqualTo(("writes", "writes")));
        Assert.That(Told(null, 90), Is.EqualTo(("writes", "writes")));
    }

    [Test]
    public void Progress_is_kept_within_0_and_100()
    {
        var (stage, peer, open) = Running();
        double? Shown(double percent)
        {
            peer.Say(
                new ReportEvent
                {
                    Type = ReportEventTypes.Progress,
                    AttemptId = open,
                    Percent = percent,
                }
            );
            return stage.Look(state => state.FindJob("default", open.Job)!.Value.Percent);
        }

        Assert.That(Shown(150), Is.EqualTo(100));
        Assert.That(Shown(-3), Is.Zero);
        Assert.That(Shown(42.5), Is.EqualTo(42.5));
        Assert.That(Shown(double.NaN), Is.EqualTo(42.5));
        Assert.That(Shown(double.PositiveInfinity), Is.EqualTo(42.5));
    }

    [Test]
    public void Log_lines_have_a_growing_sequence_also_when_the_clock_is_set_back()
    {
        var (stage, peer, open) = Running();
        for (var i = 0; i < 5; i++)
        {
            peer.Say(
                new ReportEvent
                {
                    Type = ReportEventTypes.Log,
                    AttemptId = open,
                    Level = "loud",
                    Message = new string('m', 20_000),
                },
                new ReportEvent
                {
                    Type = ReportEventTypes.Log,
                    AttemptId = open,
                    Level = "error",
                    Message = null,
                }
            );
            stage.Wall -= TimeSpan.FromHours(1);
        }

        Assert.That(stage.Kept.Lines.Select(line => line.Sequence), Is.Unique.And.Ordered);
        Assert.That(
            stage.Kept.Lines.Select(line => line.Level).Distinct(),
            Is.EqualTo(new[] { "information", "error" })
        );
        Assert.That(stage.Kept.Lines[0].Message, Has.Length.EqualTo(Limits.LogMessageLengthMax));
    }

    [Test]
    public void A_rejected_attempt_does_not_count_and_is_tried_again_a_second_later()
    {
        var (stage, peer, open) = Running();
        for (var i = 0; i < 10; i++)
        {
            peer.Say(ReportEventTypes.Rejected, peer.Assigned[^1]);
            Assert.That(peer.Assigned, Has.Count.EqualTo(i + 1));
            stage.Advance(1);
            peer.Heartbeat(4);
            Assert.That(peer.Assigned, Has.Count.EqualTo(i + 2));
        }

        var job = stage.Kept.Find(open.Job);
        Assert.That(job.AttemptsUsed, Is.EqualTo(1));
        Assert.That(job.Token, Is.EqualTo(11));
        Assert.That(job.Error, Is.Null);
    }

    [Test]
    public void A_handler_that_only_rejects_is_said_at_the_tenth_and_at_each_tenfold()
    {
        var (stage, peer, _) = Running();
        for (var i = 1; i <= 120; i++)
        {
            peer.Say(ReportEventTypes.Rejected, peer.Assigned[^1]);
            peer.Live(TimeSpan.FromSeconds(1), 4);
        }

        var said = stage
            .Said.OfType<Effect.Publish>()
            .Select(publish => publish.Happened)
            .Where(happened => happened.Type == "handler.rejecting")
            .ToList();
        Assert.That(
            said.Select(happened => happened.Detail),
            Is.EqualTo([
                "It gave back the last 10 attempts; the last one because: no reason given",
                "It gave back the last 100 attempts; the last one because: no reason given",
            ])
        );
        Assert.That(said[0].Handler, Is.EqualTo("h"));
    }

    [Test]
    public void A_handler_that_begins_an_attempt_now_and_then_is_not_said_to_reject()
    {
        var (stage, peer, _) = Running();
        for (var i = 1; i <= 60; i++)
        {
            if (i % 9 == 0)
            {
                peer.Say(ReportEventTypes.Started, peer.Assigned[^1]);
            }

            peer.Say(ReportEventTypes.Rejected, peer.Assigned[^1]);
            peer.Live(TimeSpan.FromSeconds(1), 4);
        }

        Assert.That(
            stage.Said.OfType<Effect.Publish>().Select(publish => publish.Happened.Type),
            Has.None.EqualTo("handler.rejecting")
        );
    }

    [Test]
    public void A_handler_that_ends_an_attempt_now_and_then_is_not_said_to_reject()
    {
        var (stage, peer, _) = Running();
        for (var i = 1; i <= 20; i++)
        {
            peer.Say(i % 4 == 0 ? ReportEventTypes.Succeeded : ReportEventTypes.Rejected, peer.Assigned[^1]);
            if (i % 4 == 0)
            {
                stage.Enqueue("m");
            }

            peer.Live(TimeSpan.FromSeconds(1), 4);
        }

        Assert.That(
            stage.Said.OfType<Effect.Publish>().Select(publish => publish.Happened.Type),
            Has.None.EqualTo("handler.rejecting")
        );
    }

    [Test]
    public void Events_of_unknown_types_and_empty_ones_are_passed_over()
    {
        var (stage, peer, open) = Running();
        var decision = peer.Say(null!, new ReportEvent { Type = "sang" }, new ReportEvent { Type = null! });
        Assert.That(decision.IsEmpty, Is.True);
        for (var i = 0; i < 20; i++)
        {
            peer.Say(new ReportEvent { Type = "sang", AttemptId = open });
        }

        Assert.That(stage.ClosedOn(1), Is.Empty);
    }

    [Test]
    public void The_first_start_counts_and_a_second_changes_nothing()
    {
        var (stage, peer, open) = Running();
        peer.Say(ReportEventTypes.Started, open);
        stage.Advance(3);
        Assert.That(peer.Say(ReportEventTypes.Started, open).IsEmpty, Is.True);
        peer.Say(ReportEventTypes.Succeeded, open);
        Assert.That(stage.Kept.Find(open.Job).Ended!.Single().StartedAt, Is.EqualTo(Stage.Noon));
    }
}
