using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// What the history holds of each run that a handler reports: the job, its attempt, its log and its row.
/// </summary>
public sealed class OfflineHistoryTests : OfflineFixture
{
    /// <summary>Lets the handler be away for some minutes, and connects it again on connection 2.</summary>
    /// <returns>The copy by which the handler ran the schedule.</returns>
    private KeptSchedule ComeBackAfter(double minutes, Schedule? draft = null)
    {
        ScheduleTests.Save(Stage, draft ?? Draft());
        Join(1).Drop();
        var copy = CopyOn(1);
        Stage.Advance(TimeSpan.FromMinutes(minutes));
        Stage.Join(2, HelloOf());
        return copy;
    }

    private (Job Job, RawJson Result) Finished(double minute) =>
        Stage.Kept.Finished.Values.Single(kept => kept.Job.Occurrence!.Nominal == Stage.Noon.AddMinutes(minute));

    private List<string?> Told(string type) =>
        [
            .. Stage
                .Said.OfType<Effect.Publish>()
                .Select(said => said.Happened)
                .Where(said => said.Type == type)
                .Select(said => said.Detail),
        ];

    [Test]
    public void The_job_of_a_run_has_the_times_the_spec_and_the_log_that_the_handler_reports()
    {
        var copy = ComeBackAfter(
            1,
            Draft() with
            {
                Job = new()
                {
                    Method = "m",
                    Handler = Box,
                    Timeout = TimeSpan.FromMinutes(3),
                    Tags = ["night"],
                },
            }
        );
        var began = Stage.Noon.AddSeconds(64);
        Tell(
            2,
            copy,
            last: true,
            Run(1) with
            {
                Attempts = 3,
                StartedAt = began,
                FinishedAt = began.AddSeconds(9),
                Log =
                [
                    new(2, began, "warning", "first"),
                    new(3, began, "shouting", "second"),
                    new(3, began.AddSeconds(1), "error", new string('x', Limits.LogMessageLengthMax + 1)),
                ],
            }
        );
        var job = Finished(1).Job;
        Assert.That((job.CreatedBy, job.RunAt), Is.EqualTo(("schedule:s", Stage.Noon.AddMinutes(1))));
        Assert.That(job.Spec.Tags, Is.EqualTo(new[] { "night" }));
        Assert.That(
            job.Spec with
            {
                Tags = null,
            },
            Is.EqualTo(
                new JobSpec
                {
                    Method = "m",
                    Handler = Box,
                    Store = "store-1",
                    Timeout = TimeSpan.FromMinutes(3),
                }
            )
        );
        Assert.That(
            job.Occurrence,
            Is.EqualTo(
                new Occurrence(Now.Id, "s", 1, Stage.Noon.AddMinutes(1), OccurrenceOrigin.Offline, Effective: null)
            )
        );
        Assert.That(
            job.Ended,
            Is.EqualTo(
                new[]
                {
                    new Attempt
                    {
                        Token = 1,
                        Number = 3,
                        Handler = Box,
                        Instance = "i",
                        Session = "session-2",
                        AssignedAt = began,
                        StartedAt = began,
                        FinishedAt = began.AddSeconds(9),
                        Outcome = AttemptOutcome.Succeeded,
                    },
                }
            )
        );
        var microseconds = began.UtcTicks / 10;
        Assert.That(
            Stage.Kept.Lines,
            Is.EqualTo(
                new[]
                {
                    new LogEntry(microseconds, 2, began, "warning", "first"),
                    new LogEntry(microseconds + 1, 3, began, "information", "second"),
                    new LogEntry(
                        microseconds + 1_000_000,
                        3,
                        began.AddSeconds(1),
                        "error",
                        new string('x', Limits.LogMessageLengthMax)
                    ),
                }
            )
        );
        Assert.That(
            Told("schedule.fired"),
            Is.EqualTo(new[] { $"{Stage.Noon.AddMinutes(1):O}, at handler box, which was out of reach" })
        );
    }

    [Test]
    public void A_run_without_times_counts_from_its_instant_to_its_report_and_has_the_first_lines_of_a_long_log()
    {
        var copy = ComeBackAfter(1);
        Tell(
            2,
            copy,
            last: true,
            Run(1) with
            {
                Attempts = 0,
                StartedAt = null,
                FinishedAt = null,
                Log =
                [
                    .. Enumerable
                        .Range(1, Limits.OfflineLogLinesMax + 1)
                        .Select(i => new OfflineLogLine(1, Stage.Noon, "debug", $"line {i}")),
                ],
            }
        );
        var attempt = Finished(1).Job.Ended!.Single();
        Assert.That(
            (attempt.Number, attempt.AssignedAt, attempt.StartedAt, attempt.FinishedAt),
            Is.EqualTo(
                (
                    1,
                    Stage.Noon.AddMinutes(1),
                    (DateTimeOffset?)Stage.Noon.AddMinutes(1),
                    (DateTimeOffset?)Stage.Noon.AddSeconds(90)
                )
            )
        );
        Assert.That(
            Stage.Kept.Lines.Select(line => line.Message),
            Is.EqualTo(Enumerable.Range(1, Limits.OfflineLogLinesMax).Select(i => $"line {i}"))
        );
    }

    [Test]
    public void A_run_of_a_schedule_with_jitter_has_the_start_that_the_broker_would_have_given_it()
    {
        var copy = ComeBackAfter(1, Draft() with { Jitter = TimeSpan.FromSeconds(40) });
        Tell(2, copy, last: true, Run(1));
        var job = Finished(1).Job;
        var effective = OccurrenceId.Effective(job.Id, Stage.Noon.AddMinutes(1), TimeSpan.FromSeconds(40));
        Assert.That((job.Occurrence!.Effective, job.RunAt), Is.EqualTo(((DateTimeOffset?)effective, effective)));
        Assert.That(effective, Is.GreaterThan(Stage.Noon.AddMinutes(1)), "otherwise this test shows nothing");
    }

    [Test]
    public void A_result_of_the_largest_size_is_stored_and_a_larger_one_is_an_error()
    {
        var copy = ComeBackAfter(2);
        var largest = RawJson.From(new string('r', Stage.Options.ResultBytesMax - 2));
        Tell(
            2,
            copy,
            last: true,
            Run(1) with
            {
                Result = largest,
            },
            Run(2) with
            {
                Result = RawJson.From(new string('r', Stage.Options.ResultBytesMax - 1)),
            }
        );
        var (whole, result) = Finished(1);
        Assert.That((whole.State, result), Is.EqualTo((JobState.Succeeded, largest)));
        var (cut, none) = Finished(2);
        Assert.That(
            (cut.State, none.IsEmpty, cut.Error!.Type),
            Is.EqualTo((JobState.Failed, true, ErrorCodes.TooLarge))
        );
    }

    [Test]
    public void Of_two_occurrences_under_way_the_end_of_the_last_lets_the_next_go_on()
    {
        var copy = ComeBackAfter(2, Draft() with { Overlap = OverlapPolicy.Queue });
        Tell(2, copy, last: true, Run(1, OfflineOutcomes.Running), Run(2, OfflineOutcomes.Running));
        Assert.That(
            Stage.Kept.Missed.Select(row => row.Reason),
            Is.EqualTo(
                Enumerable.Repeat(
                    "handler box runs it, since before it came back; its job will stand here when it has ended",
                    2
                )
            )
        );
        new Peer(Stage, 2).Live(TimeSpan.FromSeconds(60), 10);
        Assert.That(Now.Queued, Is.EqualTo(Stage.Noon.AddMinutes(3)));
        Tell(2, copy, last: false, Run(2));
        Assert.That(Made, Is.EqualTo(new[] { 2 }), "the first of the two is still under way");
        Tell(2, copy, last: false, Run(1));
        Assert.That(Made, Is.EqualTo(new[] { 2, 1, 3 }));
    }

    [Test]
    public void An_occurrence_that_waited_here_and_runs_there_waits_no_more()
    {
        ScheduleTests.Save(Stage, Draft() with { Overlap = OverlapPolicy.Queue });
        var peer = Join(1);
        var copy = CopyOn(1);
        peer.Live(TimeSpan.FromSeconds(30), 10);
        peer.Live(TimeSpan.FromSeconds(60), 10, peer.Assigned[^1]);
        Assert.That(Now.Queued, Is.EqualTo(Stage.Noon.AddMinutes(2)));
        peer.Drop();
        Stage.Join(2, HelloOf());
        Tell(2, copy, last: true, Run(2, OfflineOutcomes.Running));
        Assert.That(Now.Queued, Is.Null);
        Assert.That(Stage.Kept.Missed, Is.Empty, "the Broker has served the instant already");
    }

    [Test]
    public void A_missed_instant_without_a_reason_has_a_row_that_says_so()
    {
        var copy = ComeBackAfter(1);
        Tell(2, copy, last: true, Run(1, OfflineOutcomes.Missed) with { Reason = null });
        Assert.That(
            Stage.Kept.Missed,
            Is.EqualTo(
                new[] { new Change.OccurrenceMissed(Now.Id, Stage.Noon.AddMinutes(1), "its handler gave no reason") }
            )
        );
        Assert.That(
            Told("schedule.missed"),
            Is.EqualTo(new[] { $"{Stage.Noon.AddMinutes(1):O}: its handler gave no reason" })
        );
    }
}
