using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class SessionTests
{
    private static void Echo(AgentBuilder a) => a.Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p));

    private static void Wait(AgentBuilder a, Task until) =>
        a.Handle(
            "echo",
            async (RawJson p, JobContext job) =>
            {
                await until.WaitAsync(job.CancellationToken);
                return p;
            }
        );

    [Test]
    public async Task Hello_says_who_the_handler_is_and_what_it_offers()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(
            a => a.Handle("echo", (RawJson p, JobContext job) => Task.CompletedTask, m => m.MaxConcurrent = 2),
            o =>
            {
                o.Instance = "copy-1";
                o.Groups.Add("emea");
                o.Labels["os"] = "linux";
            }
        );
        var connection = await broker.NextConnectionAsync();
        var hello = await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome());

        Assert.That(
            (hello.Protocol, hello.Handler, hello.Instance, hello.Capacity),
            Is.EqualTo((1, "office-7", "copy-1", 4))
        );
        Assert.That(hello.Methods.Single(), Is.EqualTo(new OfferedMethod { Name = "echo", MaxConcurrent = 2 }));
        Assert.That(hello.Groups, Is.EqualTo(new[] { "emea" }));
        Assert.That(hello.Labels!["os"], Is.EqualTo("linux"));
        Assert.That(hello.Agent, Does.StartWith("dotnet/"));
        Assert.That(hello.Resume, Is.Null);
    }

    [Test]
    public async Task A_result_is_sent_again_after_every_reconnect_until_it_is_acknowledged()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(Echo);
        var first = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt(parameters: "42", token: 3);
        first.Assign(attempt);
        await first.NextAsync("succeeded");
        first.Cut();

        var second = await broker.NextConnectionAsync();
        var hello = await second.NextHelloAsync();
        second.Answer(Messages.AWelcome());
        var again = await second.NextEventAsync();
        second.Acknowledge(attempt);
        await second.EventsUntilPongAsync();
        second.Cut();

        var third = await broker.NextConnectionAsync();
        var last = await third.NextHelloAsync();
        third.Answer(Messages.AWelcome());

        Assert.That(hello.Resume, Is.EqualTo(new[] { new ResumedAttempt(attempt.AttemptId, 3) }));
        Assert.That(again, Has.Property("Type").EqualTo("succeeded").And.Property("FencingToken").EqualTo(3));
        Assert.That(last.Resume, Is.Null);
        Assert.That(await third.EventsUntilPongAsync(), Is.Empty);
    }

    [Test]
    public async Task A_report_that_the_connection_did_not_take_is_sent_on_the_next_one_once()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(Echo);
        var first = await broker.WelcomeAsync();
        await first.EventsUntilPongAsync();
        first.IsBroken = true;
        var attempt = Messages.AnAttempt();
        first.Assign(attempt);

        var second = await broker.WelcomeAsync();
        await second.NextAsync("succeeded");
        var rest = await second.EventsUntilPongAsync();
        second.Acknowledge(attempt);

        Assert.That(rest, Is.Empty);
        Assert.That(second.Reports.SelectMany(r => r.Events).Count(e => e.Type == "started"), Is.LessThanOrEqualTo(1));
    }

    [Test]
    public async Task A_running_attempt_goes_on_through_a_cut_and_is_resumed()
    {
        var broker = new FakeBroker();
        var go = new TaskCompletionSource();
        await using var agent = broker.Start(a => Wait(a, go.Task));
        var first = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt();
        first.Assign(attempt);
        await first.NextAsync("started");
        first.Cut();

        var second = await broker.NextConnectionAsync();
        var hello = await second.NextHelloAsync();
        second.Answer(Messages.AWelcome());
        go.SetResult();
        var succeeded = await second.NextAsync("succeeded");
        second.Acknowledge(attempt);

        Assert.That(hello.Resume!.Single().AttemptId, Is.EqualTo(attempt.AttemptId));
        Assert.That(succeeded.AttemptId, Is.EqualTo(attempt.AttemptId));
    }

    [Test]
    public async Task An_abandoned_attempt_is_cancelled_and_never_spoken_of_again()
    {
        var broker = new FakeBroker();
        var cancelled = new TaskCompletionSource<(CancelReason? Reason, bool IsLeaseCertain)>();
        await using var agent = broker.Start(a =>
            a.Handle(
                "echo",
                async (RawJson p, JobContext job) =>
                {
                    try
                    {
                        await Task.Delay(Timeout.Infinite, job.CancellationToken);
                    }
                    finally
                    {
                        cancelled.TrySetResult((job.CancelReason, job.IsLeaseCertain));
                    }
                }
            )
        );
        var first = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt();
        first.Assign(attempt);
        await first.NextAsync("started");
        first.Cut();

        var second = await broker.WelcomeAsync(attempt.AttemptId.ToString());

        Assert.That(
            await cancelled.Task.WaitAsync(FakeBroker.Patience),
            Is.EqualTo(((CancelReason?)CancelReason.Abandoned, false))
        );
        Assert.That(await second.EventsUntilPongAsync(), Is.Empty);
    }

    [Test]
    public async Task An_attempt_assigned_twice_runs_once_while_it_runs_and_after_it_ended()
    {
        var broker = new FakeBroker();
        var runs = 0;
        var go = new TaskCompletionSource();
        await using var agent = broker.Start(a =>
            a.Handle(
                "echo",
                async (RawJson p, JobContext job) =>
                {
                    Interlocked.Increment(ref runs);
                    await go.Task;
                }
            )
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt();
        connection.Assign(attempt);
        await connection.NextAsync("started");
        connection.Assign(attempt);
        await connection.EventsUntilPongAsync();
        go.SetResult();
        await connection.NextAsync("succeeded");
        connection.Assign(attempt);
        connection.Acknowledge(attempt);
        connection.Assign(attempt);

        Assert.That(await connection.EventsUntilPongAsync(), Is.Empty);
        Assert.That(runs, Is.EqualTo(1));
    }

    [TestCase(MessageKind.Keep)]
    [TestCase(MessageKind.Taken)]
    public async Task What_only_an_agent_with_an_offline_folder_is_told_is_not_even_read_by_another(MessageKind kind)
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => Wait(a, Task.CompletedTask));
        var connection = await broker.WelcomeAsync();

        connection.Say(kind, "no json"u8.ToArray());

        Assert.That(await connection.EventsUntilPongAsync(), Is.Empty);
    }

    [Test]
    public async Task What_is_beyond_capacity_or_unknown_is_rejected()
    {
        var broker = new FakeBroker();
        var go = new TaskCompletionSource();
        await using var agent = broker.Start(a => Wait(a, go.Task), o => o.Capacity = 1);
        var connection = await broker.WelcomeAsync();
        var (runs, tooMany, unknown) = (Messages.AnAttempt(), Messages.AnAttempt(), Messages.AnAttempt("other"));

        connection.Assign(runs, tooMany, unknown);
        var first = await connection.NextAsync("rejected");
        var second = await connection.NextAsync("rejected");
        go.SetResult();
        await connection.NextAsync("succeeded");
        foreach (var attempt in new[] { runs, tooMany, unknown })
        {
            connection.Acknowledge(attempt);
        }

        Assert.That((first.AttemptId, first.Reason), Is.EqualTo((tooMany.AttemptId, "The handler has no room.")));
        Assert.That(
            (second.AttemptId, second.Reason),
            Is.EqualTo((unknown.AttemptId, "This handler does not offer the method."))
        );
    }

    [Test]
    public async Task Reports_are_held_until_the_Broker_is_back_and_Hello_is_said_on_the_same_connection()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(Echo);
        var connection = await broker.WelcomeAsync();
        await connection.EventsUntilPongAsync();
        var attempt = Messages.AnAttempt();

        connection.Say(new Hold("the Broker is away"));
        connection.Assign(attempt);
        connection.Say(new Greet("back"));
        var hello = await connection.NextHelloAsync();
        var sentWhileHeld = connection.Reports.SelectMany(r => r.Events).Count(e => e.AttemptId == attempt.AttemptId);
        connection.Answer(Messages.AWelcome());
        await connection.NextAsync("succeeded");
        connection.Acknowledge(attempt);

        Assert.That(sentWhileHeld, Is.Zero);
        Assert.That(hello.Resume!.Single().AttemptId, Is.EqualTo(attempt.AttemptId));
    }

    [Test]
    public async Task Drain_moves_the_session_to_the_next_address_after_the_given_time()
    {
        var broker = new FakeBroker();
        var go = new TaskCompletionSource();
        await using var agent = broker.Start(a => Wait(a, go.Task));
        var first = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt();
        first.Assign(attempt);
        await first.NextAsync("started");

        first.Say(new Drain("bridge stopping", 5));
        await first.EventsUntilPongAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(6));
        var second = await broker.NextConnectionAsync();
        var hello = await second.NextHelloAsync();
        second.Answer(Messages.AWelcome());
        go.SetResult();
        await second.NextAsync("succeeded");
        second.Acknowledge(attempt);

        Assert.That((first.Address.Host, second.Address.Host), Is.EqualTo(("first.example", "second.example")));
        Assert.That(hello.Resume!.Single().AttemptId, Is.EqualTo(attempt.AttemptId));
    }

    [Test]
    public async Task A_probe_is_answered()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(Echo);
        var connection = await broker.WelcomeAsync();

        connection.Say(new Probe("n-1"));

        Assert.That(
            await connection.NextEventAsync(),
            Has.Property("Type").EqualTo("pong").And.Property("Nonce").EqualTo("n-1")
        );
    }

    [Test]
    public async Task A_message_that_cannot_be_read_ends_the_connection_and_the_next_one_resumes()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(Echo);
        var first = await broker.WelcomeAsync();

        first.Say(MessageKind.Assign, ProtocolJson.Write(new Bye("this is no Assign")));
        var second = await broker.NextConnectionAsync();

        Assert.That(second.Address.Host, Is.EqualTo("second.example"));
        await second.NextHelloAsync();
        second.Answer(Messages.AWelcome());
        await agent.WaitForWelcomeAsync();
    }

    [Test]
    public async Task A_silent_Broker_is_greeted_again_where_nothing_else_shows_its_absence()
    {
        var broker = new FakeBroker { SilenceNeedsHello = true };
        await using var agent = broker.Start(Echo);
        var connection = await broker.NextConnectionAsync();
        await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome() with { HeartbeatSeconds = 1 });
        await connection.NextHeartbeatAsync();

        broker.Time.Advance(TimeSpan.FromSeconds(14));
        await connection.NextHeartbeatAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(2));
        var hello = await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome());

        Assert.That(hello.Handler, Is.EqualTo("office-7"));
    }
}
