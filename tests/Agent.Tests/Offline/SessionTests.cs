using System.Threading.Channels;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests.Offline;

public sealed class SessionTests
{
    private OfflineRig _rig = null!; // For its copies.
    private string _folder = null!;
    private Channel<DateTimeOffset> _ran = null!;
    private FakeBroker _broker = null!;

    [SetUp]
    public void Begin()
    {
        _rig = new OfflineRig();
        _folder = Path.Combine(_rig.Root, "agent");
        _ran = Channel.CreateUnbounded<DateTimeOffset>();
        _broker = new FakeBroker();
    }

    [TearDown]
    public void End() => _rig.Dispose();

    private RunningAgent Start() =>
        _broker.Start(
            agent =>
                agent.Handle(
                    "work",
                    async (RawJson p, JobContext job) =>
                    {
                        await _ran.Writer.WriteAsync(job.Schedule!.Nominal);
                        return p;
                    }
                ),
            options => options.OfflineFolder = _folder
        );

    private Task<DateTimeOffset> NextRunAsync() => _ran.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);

    private async Task<(FakeConnection Connection, KeptSchedule Schedule)> KeepAsync()
    {
        var connection = await _broker.NextConnectionAsync();
        var hello = await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome());
        var schedule = _rig.ASchedule() with { Store = hello.OfflineStore!, CreatedAt = _broker.Time.GetUtcNow() };
        connection.Say(
            new Keep
            {
                Key = _rig.PublicKey,
                Copies = [_rig.Sign(schedule)],
                Only = [schedule.ScheduleId],
            }
        );
        await connection.EventsUntilPongAsync();
        return (connection, schedule);
    }

    [Test]
    public async Task An_agent_without_a_folder_keeps_nothing_and_says_nothing_of_it()
    {
        await using var agent = _broker.Start(a => a.Handle("work", (RawJson p, JobContext job) => Task.FromResult(p)));
        var connection = await _broker.NextConnectionAsync();
        var hello = await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome());
        connection.Say(new Keep { Key = _rig.PublicKey, Copies = [_rig.Sign(_rig.ASchedule())] });
        connection.Say(new Taken(Guid.NewGuid(), []));

        Assert.That(await connection.EventsUntilPongAsync(), Is.Empty);
        Assert.That(hello.OfflineStore, Is.Null);
    }

    [Test]
    public async Task From_a_cut_to_the_report_and_its_confirmation()
    {
        await using var agent = Start();
        var (first, schedule) = await KeepAsync();
        Assert.That((await first.NextRanAsync()).Last, Is.True);

        _broker.Outage = new TaskCompletionSource();
        first.Cut();
        await _broker.WhenMissed;
        for (var second = 0; second < 35; second++)
        {
            _broker.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var nominals = new[] { await NextRunAsync(), await NextRunAsync(), await NextRunAsync() };
        _broker.Outage.SetResult();
        var again = await _broker.WelcomeAsync();
        var runs = new List<OfflineRun>();
        for (var said = await again.NextRanAsync(); !said.Last; said = await again.NextRanAsync())
        {
            runs.AddRange(said.Runs);
        }

        Assert.That(
            nominals,
            Is.EquivalentTo(new[] { 10, 20, 30 }.Select(second => OfflineRig.Noon.AddSeconds(second)))
        );
        Assert.That(runs.Select(run => run.Nominal).Distinct(), Is.EqualTo(nominals.Order()));

        again.Assign(FiringTests.Assigned(schedule, 20) with { Method = "work" });
        Assert.That(await again.EventsUntilPongAsync(), Is.Empty, "The report settles it.");
        again.Say(new Taken(schedule.ScheduleId, nominals));
        await again.EventsUntilPongAsync();
        again.Cut();
        var third = await _broker.WelcomeAsync();
        Assert.That((await third.NextRanAsync()).Last, Is.True);
    }

    [Test]
    public async Task A_Hello_on_the_same_connection_begins_a_session_of_its_own()
    {
        await using var agent = Start();
        var (connection, _) = await KeepAsync();
        Assert.That((await connection.NextRanAsync()).Last, Is.True);
        connection.Say(new Greet("the Broker was restarted"));
        await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome());

        Assert.That((await connection.NextRanAsync()).Last, Is.True);
    }

    [Test]
    public async Task A_Bridge_without_a_Broker_is_no_session()
    {
        await using var agent = Start();
        var (connection, _) = await KeepAsync();
        connection.Say(new Hold("the Broker is away"));
        await connection.HeardAsync();
        for (var second = 0; second < 12; second++)
        {
            _broker.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(await NextRunAsync(), Is.EqualTo(OfflineRig.Noon.AddSeconds(10)));
    }
}
