using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class EndingTests
{
    private static AgentBuilder Wait(AgentBuilder a, Task until) =>
        a.Handle(
            "wait",
            async (RawJson p, JobContext job) =>
            {
                await until.WaitAsync(job.CancellationToken);
                return p;
            }
        );

    [TestCase("superseded", "another copy with the same instance took over")]
    [TestCase("revoked", "")]
    [TestCase("forbidden", "")]
    [TestCase("unsupported_protocol", "")]
    public async Task A_final_Close_ends_the_agent_with_a_clear_error_and_cancels_what_runs(
        string code,
        string explanation
    )
    {
        var broker = new FakeBroker();
        var cancelled = new TaskCompletionSource();
        await using var agent = broker.Start(a =>
            a.Handle(
                "wait",
                async (RawJson p, JobContext job) =>
                {
                    await Task.Delay(Timeout.Infinite, job.CancellationToken)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    cancelled.TrySetResult();
                }
            )
        );
        var connection = await broker.WelcomeAsync();
        connection.Assign(Messages.AnAttempt("wait"));
        await connection.NextAsync("started");

        connection.Say(new Close(code, "because"));

        var stopped = Assert.ThrowsAsync<AgentStoppedException>(() => agent.Completion.WaitAsync(FakeBroker.Patience))!;
        await cancelled.Task.WaitAsync(FakeBroker.Patience);
        Assert.That(stopped.Code, Is.EqualTo(code));
        Assert.That(stopped.Message, Does.Contain(explanation).And.Contain("because"));
    }

    [TestCase("unavailable")]
    [TestCase("rate_limited")]
    public async Task A_passing_Close_leads_to_the_next_address(string code)
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => Wait(a, Task.CompletedTask));
        var first = await broker.WelcomeAsync();

        first.Say(new Close(code, "not now"));

        Assert.That((await broker.WelcomeAsync()).Address.Host, Is.EqualTo("second.example"));
    }

    [TestCase("unauthenticated", true)]
    [TestCase("forbidden", true)]
    [TestCase("revoked", true)]
    [TestCase("unsupported_protocol", true)]
    [TestCase("invalid", true)]
    [TestCase("unavailable", false)]
    [TestCase("rate_limited", false)]
    public async Task A_refused_Hello_is_final_unless_it_is_about_the_moment(string code, bool isFinal)
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => Wait(a, Task.CompletedTask));
        var first = await broker.NextConnectionAsync();
        first.Answer(new Refused(code, "no"));

        if (isFinal)
        {
            Assert.ThrowsAsync<AgentStoppedException>(() => agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience));
        }
        else
        {
            await broker.WelcomeAsync();
            await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);
        }
    }

    [Test]
    public async Task A_stop_grants_no_more_waits_for_what_runs_delivers_it_and_says_Bye()
    {
        var broker = new FakeBroker();
        var go = new TaskCompletionSource();
        await using var agent = broker.Start(a => Wait(a, go.Task), FakeBroker.StopGracefully);
        var connection = await broker.WelcomeAsync();
        var (attempt, late) = (Messages.AnAttempt("wait"), Messages.AnAttempt("wait"));
        connection.Assign(attempt);
        await connection.NextAsync("started");

        var stop = agent.StopAsync();
        var beat = await connection.NextHeartbeatAsync();
        while (beat.Capacity > 0)
        {
            beat = await connection.NextHeartbeatAsync();
        }

        connection.Assign(late);
        var rejected = await connection.NextAsync("rejected");
        go.SetResult();
        await connection.NextAsync("succeeded");
        Assert.That(stop.IsCompleted, Is.False, "a result is not acknowledged yet");
        connection.Acknowledge(attempt);
        connection.Acknowledge(late);
        await connection.ByeAsync();
        await stop.WaitAsync(FakeBroker.Patience);

        Assert.That(beat.Running, Is.EqualTo(new[] { attempt.AttemptId }));
        Assert.That(rejected.AttemptId, Is.EqualTo(late.AttemptId));
        Assert.That(agent.Completion.IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task A_stop_whose_wait_is_cut_short_cancels_what_runs_and_reports_a_failure_to_be_retried()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => Wait(a, new TaskCompletionSource().Task), FakeBroker.StopGracefully);
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("wait");
        connection.Assign(attempt);
        await connection.NextAsync("started");

        var stop = agent.StopAsync(new CancellationToken(canceled: true));
        var failed = await connection.NextAsync("failed");
        connection.Acknowledge(attempt);
        await stop.WaitAsync(FakeBroker.Patience);

        Assert.That(failed.Error!.Type, Is.EqualTo("agent_stopping"));
        Assert.That(failed.Error.Retryable, Is.True);
    }

    [Test]
    public async Task The_drain_time_out_cancels_what_runs()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => Wait(a, new TaskCompletionSource().Task), FakeBroker.StopGracefully);
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("wait");
        connection.Assign(attempt);
        await connection.NextAsync("started");

        var stop = agent.StopAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(31));
        await connection.NextAsync("failed");
        connection.Acknowledge(attempt);
        await stop.WaitAsync(FakeBroker.Patience);

        Assert.That(agent.Completion.IsCompletedSuccessfully, Is.True);
    }
}
