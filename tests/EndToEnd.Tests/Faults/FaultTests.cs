using System.Diagnostics;
using System.Globalization;
using ScheduleZero.EndToEnd.Tests.Agents;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>
/// SIGKILL under load, again and again (<c>SZ_KILL_CYCLES</c>, 6 when not given; <c>SZ_SEED</c> repeats the moments), and then the whole history is held
/// against the promises.
/// </summary>
[Category("Slow")]
public sealed class FaultTests : StageTest
{
    private const int Capacity = 20;

    private static readonly int Cycles = Setting("SZ_KILL_CYCLES", 6);
    private static readonly int Seed = Setting("SZ_SEED", Environment.ProcessId);

    private readonly List<(ChildProcess Process, string Journal, long GoneAt)> _agents = [];
    private Random _chance = null!;

    [SetUp]
    public async Task BeginAsync()
    {
        await TestContext.Out.WriteLineAsync($"SZ_SEED={Seed} SZ_KILL_CYCLES={Cycles}");
        _chance = new Random(Seed);
        _agents.Clear();
    }

    [Test]
    public async Task Killing_the_broker_loses_nothing_and_runs_nothing_twice()
    {
        var broker = await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        await AddAgentAsync("signalr", (await Stage.CreateHandlerKeyAsync("signalr")).Key, Stage.BridgeUrl());
        await AddAgentAsync("zeromq", (await Stage.CreateHandlerKeyAsync("zeromq")).Key, Stage.Router);
        await RunAsync(mayRunAgain: false, async () =>
        {
            await broker.KillAsync();
            broker = await Stage.StartBrokerAsync();
        });
    }

    [Test]
    public async Task Killing_a_bridge_loses_nothing_and_runs_nothing_twice()
    {
        await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync("one");
        await Stage.StartBridgeAsync("two");
        await AddAgentAsync("both", (await Stage.CreateHandlerKeyAsync("both")).Key, Stage.BridgeUrl("one"), Stage.BridgeUrl("two"));
        await AddAgentAsync("first", (await Stage.CreateHandlerKeyAsync("first")).Key, Stage.BridgeUrl("one"));
        await RunAsync(mayRunAgain: false, async () =>
        {
            await bridge.KillAsync();
            bridge = await Stage.StartBridgeAsync("one");
        });
    }

    [Test]
    public async Task Killing_agents_loses_nothing_and_never_runs_a_job_twice_at_once()
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        var signalr = (await Stage.CreateHandlerKeyAsync("signalr")).Key;
        var zeromq = (await Stage.CreateHandlerKeyAsync("zeromq")).Key;
        await AddAgentAsync("signalr", signalr, Stage.BridgeUrl());
        await AddAgentAsync("zeromq", zeromq, Stage.Router);
        await RunAsync(mayRunAgain: true, async () =>
        {
            var victim = _chance.Next(2);
            await KillAgentAsync(victim == 0 ? "signalr" : "zeromq");
            await (victim == 0 ? AddAgentAsync("signalr", signalr, Stage.BridgeUrl()) : AddAgentAsync("zeromq", zeromq, Stage.Router));
        });
    }

    [Test]
    public async Task Killing_any_of_them_at_random_loses_nothing()
    {
        var broker = await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync();
        var key = (await Stage.CreateHandlerKeyAsync("office-7")).Key;
        await AddAgentAsync("office-7", key, Stage.BridgeUrl());
        await RunAsync(mayRunAgain: true, async () =>
        {
            switch (_chance.Next(3))
            {
                case 0:
                    await broker.KillAsync();
                    broker = await Stage.StartBrokerAsync();
                    break;
                case 1:
                    await bridge.KillAsync();
                    bridge = await Stage.StartBridgeAsync();
                    break;
                default:
                    await KillAgentAsync("office-7");
                    await AddAgentAsync("office-7", key, Stage.BridgeUrl());
                    break;
            }
        });
    }

    private async Task RunAsync(bool mayRunAgain, Func<Task> strikeAsync)
    {
        await using var campaign = new Campaign(Stage, Seed);
        campaign.Begin();
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            await campaign.AcknowledgedMoreAsync(_chance.Next(20, 200), Deadline);
            await strikeAsync();
        }

        await campaign.AcknowledgedMoreAsync(20, Deadline);
        await campaign.EndAsync();
        await campaign.QuietAsync();
        var history = await campaign.ReadHistoryAsync();
        var executions = ReadJournals();
        await TestContext.Out.WriteLineAsync(
            $"{campaign.Acknowledged.Count} jobs acknowledged, {campaign.Unanswered} unanswered, {history.Jobs.Count} known, {executions.Count} executions");
        Assert.That(HistoryChecker.Check(campaign.Acknowledged, history, executions, mayRunAgain), Is.Empty);
    }

    private async Task AddAgentAsync(string name, string key, params string[] addresses)
    {
        var journal = Path.Combine(Stage.Folder, $"{name}-{_agents.Count}.journal");
        var agent = await StartAgentAsync(name, key, journal, Capacity, addresses);
        _agents.Add((agent, journal, long.MaxValue));
    }

    private async Task KillAgentAsync(string name)
    {
        var index = _agents.FindLastIndex(agent => agent.Process.Name == name);
        await _agents[index].Process.KillAsync();
        _agents[index] = _agents[index] with { GoneAt = Stopwatch.GetTimestamp() };
    }

    private List<Execution> ReadJournals() =>
        [.. _agents.SelectMany(agent => ExecutionJournal.Read(agent.Journal, Path.GetFileNameWithoutExtension(agent.Journal), agent.GoneAt))];

    private static int Setting(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
