using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Testing.Tests;

/// <summary>Every switch for trouble, with a job of five minutes under way.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private ScheduleZeroSimulation _simulation = null!;
    private SimulatedHandler _office = null!;
    private JobId _job;
    private int _ends;

    [SetUp]
    public async Task StartAJobAsync()
    {
        _ends = 0;
        _simulation = await ScheduleZeroSimulation.StartAsync();
        _office = await _simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "work",
                    async (_, job) =>
                    {
                        await Task.Delay(5 * Minute, job.Time, job.CancellationToken);
                        Interlocked.Increment(ref _ends);
                    }
                )
        );
        _job = (
            await _simulation.Client.Jobs.EnqueueAsync(
                new JobRequest
                {
                    Method = "work",
                    Retry = new RetryOptions { FirstDelay = Minute, Jitter = 0 },
                }
            )
        ).Id;
        await _simulation.AdvanceAsync(2 * Minute + Second);
    }

    [TearDown]
    public async Task EndAsync() => await _simulation.DisposeAsync();

    [Test]
    public async Task Without_trouble_there_is_one_attempt()
    {
        await EndsAsync(5 * Minute, AttemptOutcome.Succeeded);
        Assert.That(_ends, Is.EqualTo(1));
    }

    [Test]
    public async Task A_cut_that_the_lease_outlasts_re_runs_nothing()
    {
        await _office.CutConnectionAsync(20 * Second);
        await EndsAsync(5 * Minute, AttemptOutcome.Succeeded);
    }

    [Test]
    public async Task A_second_cut_is_not_mended_by_the_end_of_the_first()
    {
        await _office.CutConnectionAsync(10 * Second);
        await _office.CutConnectionAsync(50 * Second);
        await EndsAsync(null, AttemptOutcome.Lost, AttemptOutcome.Succeeded);
    }

    [Test]
    public async Task A_cut_that_outlasts_the_lease_costs_an_attempt()
    {
        await _office.CutConnectionAsync();
        await _simulation.AdvanceAsync(29 * Second);
        await _simulation.AssertStateAsync(_job, JobState.Running);
        await _simulation.AdvanceAsync(2 * Second);
        await _simulation.AssertStateAsync(_job, JobState.Scheduled);
        await _office.MendConnectionAsync();
        await EndsAsync(null, AttemptOutcome.Lost, AttemptOutcome.Succeeded);
        Assert.That(_ends, Is.EqualTo(1), "the abandoned attempt was told to stop");
    }

    [Test]
    public async Task A_killed_handler_s_job_runs_again_when_its_lease_is_over()
    {
        await _office.KillAsync();
        Assert.That(_office.IsRunning, Is.False);
        await _simulation.AdvanceAsync(29 * Second);
        await _simulation.AssertStateAsync(_job, JobState.Running);
        await _office.StartAsync();
        await EndsAsync(null, AttemptOutcome.Lost, AttemptOutcome.Succeeded);
        Assert.That(_ends, Is.EqualTo(1), "code of a killed process goes on no further");
    }

    [Test]
    public async Task Slow_messages_only_make_the_job_longer()
    {
        await _office.DelayMessagesAsync(3 * Second);
        await EndsAsync(5 * Minute + (3 * Second), AttemptOutcome.Succeeded);
    }

    [Test]
    public async Task A_lost_result_is_said_again()
    {
        await _simulation.AdvanceAsync(3 * Minute - (2 * Second));
        await _office.DropMessagesAsync(1);
        await EndsAsync(null, AttemptOutcome.Succeeded);
        Assert.That(_ends, Is.EqualTo(1));
    }

    [Test]
    public async Task A_restart_of_the_broker_costs_no_attempt()
    {
        await _simulation.RestartBrokerAsync(10 * Second);
        await EndsAsync(5 * Minute, AttemptOutcome.Succeeded);
    }

    [Test]
    public async Task A_job_that_ends_while_the_broker_is_away_is_accepted_later()
    {
        await _simulation.StopBrokerAsync();
        Assert.That(_simulation.IsBrokerRunning, Is.False);
        var refused = Assert.ThrowsAsync<ScheduleZeroException>(() => _simulation.Client.Jobs.GetAsync(_job));
        Assert.That(refused!.Code, Is.EqualTo(ErrorCodes.Unavailable));
        await _simulation.AdvanceAsync(10 * Minute);
        await _simulation.StartBrokerAsync();
        await EndsAsync(null, AttemptOutcome.Succeeded);
        Assert.That(_ends, Is.EqualTo(1));
    }

    [Test]
    public async Task A_killed_broker_knows_everything_that_it_acknowledged()
    {
        await _simulation.KillBrokerAsync();
        await _simulation.AdvanceAsync(10 * Second);
        await _simulation.StartBrokerAsync();
        await EndsAsync(5 * Minute, AttemptOutcome.Succeeded);
        var timeline = _simulation.Timeline.Select(entry => entry.What).ToList();
        Assert.That(timeline, Does.Contain("broker.killed"));
    }

    [Test]
    public async Task What_was_not_committed_is_lost_and_nobody_was_told_otherwise()
    {
        _simulation.KillBrokerAtNextCommit();
        var unanswered = Assert.ThrowsAsync<ScheduleZeroException>(() =>
            _simulation.Client.Jobs.EnqueueAsync(new JobRequest { Method = "work", Tags = ["lost"] })
        );
        Assert.That(unanswered!.Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(_simulation.IsBrokerRunning, Is.False);
        await _simulation.StartBrokerAsync();
        Assert.That((await _simulation.Client.Jobs.ListAsync(new JobFilter { Tag = "lost" })).Items, Is.Empty);
        await EndsAsync(5 * Minute, AttemptOutcome.Succeeded);
    }

    [Test]
    public async Task A_handler_s_wrong_clock_changes_no_lease()
    {
        await _office.SetClockAsync(_simulation.Now.AddYears(1));
        await EndsAsync(5 * Minute, AttemptOutcome.Succeeded);
        Assert.That(_simulation.Now.Year, Is.EqualTo(2026));
    }

    /// <param name="after">From the enqueue to the end; null: whenever it is.</param>
    private async Task EndsAsync(TimeSpan? after, params AttemptOutcome[] outcomes)
    {
        var ended = await _simulation.WaitForEndAsync(_job);
        await _simulation.AssertSucceededAsync(_job);
        var attempts = await _simulation.Client.Jobs.AttemptsAsync(_job);
        Assert.That(
            attempts.Select(attempt => attempt.Outcome),
            Is.EqualTo(outcomes.Cast<AttemptOutcome?>()),
            await _simulation.StoryOfAsync(_job)
        );
        if (after is { } time)
        {
            Assert.That(ended.FinishedAt - ended.EnqueuedAt, Is.EqualTo(time));
        }
    }
}
