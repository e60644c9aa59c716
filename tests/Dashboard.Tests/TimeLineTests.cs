using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.OneJob;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>The life of a job as a line of time.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class TimeLineTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly JobId Id = new(Guid.Parse("01a227af-943e-7fe4-ade8-29f8b4431a55"));

    [Test]
    public void Lengths_are_to_scale()
    {
        var job = AJob() with { State = JobState.Succeeded, FinishedAt = Noon.AddSeconds(100) };
        var line = TimeLine.Of(job, [AnAttempt(1, 10, 30, AttemptOutcome.Lost), AnAttempt(2, 60, 100)], Noon);
        Assert.Multiple(() =>
        {
            Assert.That(line.Span, Is.EqualTo(TimeSpan.FromSeconds(100)));
            Assert.That(
                line.Rows.SelectMany(row => row.Stretches).Select(s => (s.Kind, s.From, s.To)),
                Is.EqualTo(new[] { ("wait", 0, 0.1), ("lost", 0.1, 0.3), ("back-off", 0.3, 0.6), ("ok", 0.6, 1) })
            );
            Assert.That(line.Rows[1].Words, Does.Contain("lost").And.Contain("30 s until the next attempt"));
        });
    }

    [Test]
    public void An_open_attempt_reaches_until_now()
    {
        var job = AJob() with { State = JobState.Running };
        var attempt = AnAttempt(1, 10, 20) with { Outcome = null, FinishedAt = null };
        var stretch = TimeLine.Of(job, [attempt], Noon.AddSeconds(40)).Rows[1].Stretches.Single();
        Assert.That((stretch.Kind, stretch.From, stretch.To), Is.EqualTo(("run", 0.25, 1.0)));
    }

    [Test]
    public void A_wait_for_the_time_of_the_job_is_told_from_a_wait_for_a_handler()
    {
        var job = AJob() with { State = JobState.Ready, RunAt = Noon.AddSeconds(30) };
        var line = TimeLine.Of(job, [], Noon.AddSeconds(40));
        Assert.That(
            line.Rows.Single().Stretches.Select(s => (s.Kind, s.To)),
            Is.EqualTo(new[] { ("held", 0.75), ("wait", 1.0) })
        );
    }

    [Test]
    public void A_job_whose_time_has_not_come_is_held_alone()
    {
        var job = AJob() with { State = JobState.Scheduled, RunAt = Noon.AddDays(30) };
        var line = TimeLine.Of(job, [], Noon.AddSeconds(40));
        Assert.That(line.Rows.Single().Stretches.Select(s => (s.Kind, s.To)), Is.EqualTo(new[] { ("held", 1.0) }));
    }

    [Test]
    public void A_run_without_the_Broker_may_begin_before_the_Broker_knew_of_the_job()
    {
        var job = AJob() with
        {
            State = JobState.Succeeded,
            EnqueuedAt = Noon.AddSeconds(50),
            FinishedAt = Noon.AddSeconds(50),
        };
        var line = TimeLine.Of(job, [AnAttempt(1, 0, 40)], Noon);
        Assert.Multiple(() =>
        {
            Assert.That(line.From, Is.EqualTo(Noon));
            Assert.That(line.Rows[0].Stretches, Is.Empty);
            Assert.That(line.Rows[1].Stretches.Single().From, Is.Zero);
        });
    }

    [Test]
    public void A_clock_that_was_set_back_turns_nothing_around()
    {
        var job = AJob() with { State = JobState.Ready };
        var line = TimeLine.Of(job, [], Noon.AddHours(-1));
        Assert.That(line.Span, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public void Only_the_newest_of_many_attempts_are_drawn()
    {
        var attempts = Enumerable.Range(1, 100).Select(n => AnAttempt(n, n, n + 1, AttemptOutcome.Failed)).ToArray();
        var line = TimeLine.Of(AJob() with { State = JobState.Ready }, attempts, Noon.AddSeconds(200));
        Assert.Multiple(() =>
        {
            Assert.That(line.Rows, Has.Count.EqualTo(TimeLine.AttemptsMax + 1));
            Assert.That(line.Left, Is.EqualTo(100 - TimeLine.AttemptsMax));
            Assert.That(line.Rows[^1].Who, Does.StartWith("100 "));
        });
    }

    private static JobView AJob() =>
        new()
        {
            Id = Id,
            Namespace = "default",
            State = JobState.Ready,
            Attempts = 1,
            Method = "reports.render",
            EnqueuedAt = Noon,
            RunAt = Noon,
            Retry = new RetryOptions(),
            CreatedBy = "user:ana",
        };

    private static AttemptView AnAttempt(
        int number,
        int from,
        int to,
        AttemptOutcome outcome = AttemptOutcome.Succeeded
    ) =>
        new()
        {
            AttemptId = new AttemptId(Id, number),
            Number = number,
            Outcome = outcome,
            Handler = "office-1",
            Session = "s",
            FencingToken = number,
            AssignedAt = Noon.AddSeconds(from),
            FinishedAt = Noon.AddSeconds(to),
        };
}
