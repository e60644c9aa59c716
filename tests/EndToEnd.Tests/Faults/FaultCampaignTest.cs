using System.Diagnostics;
using System.Globalization;
using ScheduleZero.EndToEnd.Tests.Agents;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>
/// Faults under load, again and again, and then a check of the whole history against the promises.
/// <c>SZ_KILL_CYCLES</c> is the number of faults (6 by default); <c>SZ_SEED</c> repeats their moments.
/// </summary>
public abstract class FaultCampaignTest : StageTest
{
    private const int Capacity = 20;

    protected static readonly int Cycles = Setting("SZ_KILL_CYCLES", 6);
    protected static readonly int Seed = Setting("SZ_SEED", Environment.ProcessId);

    private readonly List<(ChildProcess Process, string Journal, long GoneAt)> _agents = [];

    private protected Random Chance { get; private set; } = null!;

    [SetUp]
    public async Task BeginAsync()
    {
        await TestContext.Out.WriteLineAsync($"SZ_SEED={Seed} SZ_KILL_CYCLES={Cycles}");
        Chance = new Random(Seed);
        _agents.Clear();
    }

    private protected async Task RunAsync(bool mayRunAgain, Func<Task> strikeAsync)
    {
        await using var campaign = new Campaign(Stage, Seed);
        campaign.Begin();
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            await campaign.AcknowledgedMoreAsync(Chance.Next(20, 200), Deadline);
            await strikeAsync();
        }

        await campaign.AcknowledgedMoreAsync(20, Deadline);
        await campaign.EndAsync();
        await campaign.QuietAsync();
        var history = await History.ReadAsync(Stage.Client);
        var executions = ReadJournals();
        await TestContext.Out.WriteLineAsync(
            $"{campaign.Acknowledged.Count} jobs acknowledged, {campaign.Unanswered} unanswered, "
                + $"{history.Jobs.Count} known, {executions.Count} executions"
        );
        Assert.That(HistoryChecker.Check(campaign.Acknowledged, history, executions, mayRunAgain), Is.Empty);
    }

    private protected async Task<ChildProcess> AddAgentAsync(string name, string key, params string[] addresses)
    {
        var journal = Path.Combine(Stage.Folder, $"{name}-{_agents.Count}.journal");
        var agent = await StartAgentAsync(name, key, journal, Capacity, addresses);
        _agents.Add((agent, journal, long.MaxValue));
        return agent;
    }

    private protected async Task KillAgentAsync(string name)
    {
        var index = _agents.FindLastIndex(agent => agent.Process.Name == name);
        await _agents[index].Process.KillAsync();
        _agents[index] = _agents[index] with { GoneAt = Stopwatch.GetTimestamp() };
    }

    private List<Execution> ReadJournals() =>
        [
            .. _agents.SelectMany(agent =>
                ExecutionJournal.Read(agent.Journal, Path.GetFileNameWithoutExtension(agent.Journal), agent.GoneAt)
            ),
        ];

    private protected static int Setting(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
