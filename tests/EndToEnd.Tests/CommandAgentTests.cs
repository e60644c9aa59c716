using ScheduleZero.Contracts.Rest;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>
/// The ready agent as a process: what its commands see of the agent, and what happens to them when the agent is killed.
/// </summary>
public sealed class CommandAgentTests : StageTest
{
    [Test]
    public async Task A_command_cannot_read_the_agents_key_from_the_agents_environment()
    {
        await Stage.StartBrokerAsync();
        var (agent, key) = await StartAsync("true", "[]");
        var block = await File.ReadAllTextAsync($"/proc/{agent.Id}/environ");
        Assert.That(block, Does.Contain("SCHEDULEZERO_API_KEY=xxxx").And.Not.Contain(key));
    }

    [Test]
    public async Task A_killed_agent_takes_its_commands_and_their_children_with_it()
    {
        await Stage.StartBrokerAsync();
        var file = Path.Combine(Stage.Folder, "pids");
        var (agent, _) = await StartAsync(
            "sh",
            $"[-c, 'trap \"\" TERM; sleep 600 & echo $$ $! > {file}.new; mv {file}.new {file}; wait']"
        );
        await Stage.Client.Jobs.EnqueueAsync(new JobRequest { Method = "run" });
        await UntilAsync(() => Task.FromResult(File.Exists(file)));

        var pids = (await File.ReadAllTextAsync(file)).Split(' ').Select(int.Parse).ToList();
        Assert.That(pids, Has.All.Matches<int>(IsAlive));
        await agent.KillAsync();
        await UntilAsync(() => Task.FromResult(!pids.Exists(IsAlive)));
    }

    private static bool IsAlive(int pid) =>
        File.Exists($"/proc/{pid}/stat") && File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].TrimStart()[0] != 'Z';

    private async Task<(ChildProcess Agent, string Key)> StartAsync(string command, string arguments)
    {
        var config = Path.Combine(Stage.Folder, "agent.yaml");
        await File.WriteAllTextAsync(
            config,
            $"handler: office-7\nmethods:\n  run:\n    command: {command}\n    args: {arguments}\n"
        );
        var key = (await Stage.CreateHandlerKeyAsync("office-7")).Key;
        var agent = Stage.Start(
            "agent",
            Shipped.ScheduleZero,
            ["agent", "--bridge", Stage.Router, "--config", config],
            ("SCHEDULEZERO_API_KEY", key)
        );
        await agent.LineAsync("ready: agent office-7", Stage.StartLimit);
        return (agent, key);
    }
}
