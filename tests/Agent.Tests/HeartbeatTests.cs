using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.Agent.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class HeartbeatTests
{
    private sealed class Source : IHeartbeatSource
    {
        private readonly List<Action> _turns = [];

        public int Sent { get; private set; }

        public bool IsOpen { get; set; } = true;

        public TimeSpan HeartbeatInterval => TimeSpan.FromSeconds(10);

        public TimeSpan LeaseLength => TimeSpan.FromSeconds(30);

        public bool TryPost(Action turn)
        {
            _turns.Add(turn);
            return true;
        }

        public void SendHeartbeat() => Sent++;

        public void RunLoop()
        {
            _turns.ForEach(turn => turn());
            _turns.Clear();
        }
    }

    [Test]
    public void Heartbeats_stop_when_the_loop_has_had_no_turn_for_half_a_lease_and_go_on_when_it_has()
    {
        var time = new FakeTimeProvider();
        var source = new Source();
        using var pacer = new HeartbeatPacer(time, NullLogger.Instance);

        pacer.Tick(source);
        time.Advance(TimeSpan.FromSeconds(10));
        pacer.Tick(source);
        Assert.That(source.Sent, Is.EqualTo(2), "ten seconds without a turn are no proof yet");

        time.Advance(TimeSpan.FromSeconds(10));
        pacer.Tick(source);
        pacer.Tick(source);
        Assert.That(source.Sent, Is.EqualTo(2), "after twenty of thirty the loop is dead");

        source.RunLoop();
        pacer.Tick(source);
        Assert.That(source.Sent, Is.EqualTo(3));
    }

    [Test]
    public void Time_without_a_Broker_is_not_held_against_the_loop()
    {
        var time = new FakeTimeProvider();
        var source = new Source();
        using var pacer = new HeartbeatPacer(time, NullLogger.Instance);
        pacer.Tick(source);
        source.IsOpen = false;
        time.Advance(TimeSpan.FromMinutes(5));
        pacer.Tick(source);
        Assert.That(source.Sent, Is.EqualTo(1));

        source.IsOpen = true;
        pacer.Tick(source);

        Assert.That(source.Sent, Is.EqualTo(2));
    }

    [Test]
    public async Task A_heartbeat_names_what_runs_and_what_is_not_acknowledged()
    {
        var broker = new FakeBroker();
        var go = new TaskCompletionSource();
        await using var agent = broker.Start(a =>
            a.Handle("wait", (RawJson p, JobContext job) => go.Task)
                .Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p))
        );
        var connection = await broker.NextConnectionAsync();
        connection.Answer(Messages.AWelcome() with { HeartbeatSeconds = 1 });
        var (runs, ended) = (Messages.AnAttempt("wait"), Messages.AnAttempt("echo"));
        connection.Assign(runs, ended);
        await connection.NextAsync("succeeded");

        var beat = await connection.NextHeartbeatAsync();
        while (beat.Running.Count < 2)
        {
            beat = await connection.NextHeartbeatAsync();
        }

        go.SetResult();
        connection.Acknowledge(runs);
        connection.Acknowledge(ended);
        Assert.That(beat.Capacity, Is.EqualTo(4));
        Assert.That(beat.Running, Is.EquivalentTo(new[] { runs.AttemptId, ended.AttemptId }));
    }

    [Test]
    public async Task An_attempt_can_see_that_its_lease_is_no_longer_certain()
    {
        var broker = new FakeBroker();
        var context = new TaskCompletionSource<JobContext>();
        var go = new TaskCompletionSource();
        await using var agent = broker.Start(a =>
            a.Handle(
                "wait",
                (RawJson p, JobContext job) =>
                {
                    context.SetResult(job);
                    return go.Task;
                }
            )
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("wait");
        connection.Assign(attempt);
        var job = await context.Task.WaitAsync(FakeBroker.Patience);
        await connection.NextHeartbeatAsync();

        var before = (job.IsLeaseCertain, job.LeaseDeadline);
        // The clock moves before the agent dials again: a Hello that was said before would have waited too long.
        broker.Time.Advance(TimeSpan.FromSeconds(31));

        Assert.That(before, Is.EqualTo((true, broker.Time.GetUtcNow() - TimeSpan.FromSeconds(1))));
        Assert.That(job.IsLeaseCertain, Is.False);
        connection.IsBroken = true;
        connection.Cut();
        go.SetResult();
        var second = await broker.WelcomeAsync();
        await second.NextAsync("succeeded");
        second.Acknowledge(attempt);
    }

    [TestCase(1, false, 0.999, 1.0)]
    [TestCase(1, true, 0.999, 1.0)]
    [TestCase(3, false, 0.5, 2.0)]
    [TestCase(50, false, 0.999, 30.0)]
    [TestCase(50, true, 0.999, 3.0)]
    [TestCase(50, false, 0.0, 0.0)]
    public void Reconnecting_waits_anything_up_to_a_bound_that_doubles(
        int failures,
        bool holdsAttempts,
        double chance,
        double secondsMax
    )
    {
        var seconds = Backoff.Delay(failures, holdsAttempts, chance).TotalSeconds;
        Assert.That(seconds, Is.LessThanOrEqualTo(secondsMax).And.GreaterThanOrEqualTo(secondsMax * chance * 0.99));
    }

    [Test]
    public async Task A_heartbeat_that_never_comes_back_does_not_hold_up_the_end_which_tells_of_it()
    {
        var source = new StuckSource();
        var log = new FirstLine();
        var pacer = new HeartbeatPacer(TimeProvider.System, log) { StopLimit = TimeSpan.FromMilliseconds(100) };
        pacer.Start();
        pacer.Attach(source);
        await source.Sending.WaitAsync(FakeBroker.Patience);

        await Task.Run(pacer.Dispose).WaitAsync(FakeBroker.Patience);

        Assert.That(log.EventId, Is.EqualTo(5162));
        source.Release();
    }

    private sealed class StuckSource : IHeartbeatSource
    {
        private readonly TaskCompletionSource _sending = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public Task Sending => _sending.Task;

        public TimeSpan HeartbeatInterval => TimeSpan.FromSeconds(10);

        public TimeSpan LeaseLength => TimeSpan.FromSeconds(30);

        public bool IsOpen => true;

        public bool TryPost(Action turn) => true;

        public void Release() => _released.Set();

        public void SendHeartbeat()
        {
            _sending.TrySetResult();
            _released.Wait(TimeSpan.FromMinutes(1));
        }
    }

    private sealed class FirstLine : ILogger
    {
        public int EventId { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => EventId = eventId.Id;
    }
}
