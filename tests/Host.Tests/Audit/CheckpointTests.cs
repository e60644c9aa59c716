using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Host.Tests.Audit;

[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CheckpointTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestSigner _signer = new();
    private readonly AuditTailWatch _watch = new();
    private readonly CoreBroker _broker;
    private readonly AuditCheckpoints _checkpoints;

    public CheckpointTests()
    {
        _broker = new CoreBroker(_time, _watch);
        _checkpoints = new AuditCheckpoints(_broker, _watch, _signer, _time, NullLogger<AuditCheckpoints>.Instance);
    }

    [TearDown]
    public void Dispose() => _checkpoints.Dispose();

    [Test]
    public async Task A_start_signs_what_an_earlier_one_has_left()
    {
        _broker.Note(3);
        await _checkpoints.StartAsync(CancellationToken.None);
        await _broker.CheckpointsAsync(1);
        var signed = _broker.Checkpoints().Single();
        Assert.That((signed.Sequence, signed.Detail!.Through, signed.Actor), Is.EqualTo((4L, 3L, "system")));
        await StopAsync();
        Verify(checkpoints: 1);
    }

    [Test]
    public async Task The_state_of_the_chain_says_what_is_signed_and_why_not()
    {
        _broker.Note(3);
        Assert.That(_watch.State, Is.EqualTo((_watch.Tail, (AuditSigned?)null, (string?)null)));
        _signer.Fails = true;
        await StopAsync();
        Assert.That(_watch.State.Problem, Does.Contain("cannot sign"));
        _signer.Fails = false;
        await StopAsync();
        Assert.That(_watch.State.Signed, Is.EqualTo(new AuditSigned(3, _time.GetUtcNow())));
        Assert.That(_watch.State.Problem, Is.Null);
    }

    [Test]
    public async Task Every_thousand_events_are_signed_without_a_clock()
    {
        await _checkpoints.StartAsync(CancellationToken.None);
        for (var i = 1; i <= 3; i++)
        {
            _broker.Note(AuditCheckpoints.EventsMax + 5);
            await _broker.CheckpointsAsync(i);
        }

        await StopAsync();
        Verify(checkpoints: 3);
    }

    [Test]
    public async Task Five_minutes_sign_what_is_new_and_nothing_else()
    {
        _broker.Note(1);
        await _checkpoints.StartAsync(CancellationToken.None);
        await _broker.CheckpointsAsync(1);
        _broker.Note(1);
        await PassAsync(checkpoints: 2);
        // Only the event of the checkpoint itself has come, so further intervals add nothing.
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(AuditCheckpoints.Interval);
        }

        await StopAsync();
        Verify(checkpoints: 2);
    }

    [Test]
    public async Task A_clean_stop_signs_the_rest()
    {
        _broker.Note(1);
        await _checkpoints.StartAsync(CancellationToken.None);
        await _broker.CheckpointsAsync(1);
        _broker.Note(7);
        await StopAsync();
        Verify(checkpoints: 2);
        Assert.That(_broker.Checkpoints()[^1].Detail!.Through, Is.EqualTo(9));
    }

    [Test]
    public async Task A_busy_broker_is_signed_for_later()
    {
        _broker.IsBusy = true;
        _broker.Note(1);
        await _checkpoints.StartAsync(CancellationToken.None);
        _broker.IsBusy = false;
        await PassAsync(checkpoints: 1);
        await StopAsync();
        Verify(checkpoints: 1);
    }

    [Test]
    public async Task A_checkpoint_is_said_in_the_log_as_it_is_verified()
    {
        using var logs = new ListLogger();
        using var checkpoints = new AuditCheckpoints(_broker, _watch, _signer, _time, logs.Of<AuditCheckpoints>());
        _broker.Note(1);
        await checkpoints.StartAsync(CancellationToken.None);
        await checkpoints.StopAsync(CancellationToken.None);
        var point = logs.Lines.Single().Split(' ')[2];
        Assert.That(AuditPoint.TryParse(point, out var known), Is.True, logs.Lines.Single());
        Assert.That(AuditVerifying.Run(_broker.Blocks, [_signer.PublicKey], [known]).Fault, Is.Null);
        Assert.That(
            AuditVerifying
                .Run(_broker.Blocks, [_signer.PublicKey], [known with { Hash = new string('0', 64) }])
                .Fault!.Kind,
            Is.EqualTo(AuditFaultKind.OtherHistory)
        );
    }

    // The loop arms its timer after its last checkpoint, at a moment that the test cannot see. A further tick brings no
    // other checkpoint.
    private async Task PassAsync(int checkpoints)
    {
        var done = _broker.CheckpointsAsync(checkpoints);
        while (!done.IsCompleted)
        {
            _time.Advance(AuditCheckpoints.Interval);
            await Task.Yield();
        }

        await done;
    }

    private async Task StopAsync() => await _checkpoints.StopAsync(CancellationToken.None);

    private void Verify(int checkpoints)
    {
        var verdict = AuditVerifying.Run(_broker.Blocks, [_signer.PublicKey], []);
        Assert.That(verdict.Fault, Is.Null);
        Assert.That(verdict.Checkpoints, Is.EqualTo(checkpoints));
    }
}

internal sealed class ListLogger : ILoggerProvider
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger<T> Of<T>()
    {
        var factory = new LoggerFactory([this]);
        return factory.CreateLogger<T>();
    }

    public ILogger CreateLogger(string categoryName) => new Writer(_lines);

    public void Dispose() { }

    private sealed class Writer(List<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            lock (lines)
            {
                lines.Add(formatter(state, exception));
            }
        }
    }
}
