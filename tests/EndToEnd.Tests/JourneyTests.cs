using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>A job's way through the shipped processes.</summary>
public sealed class JourneyTests : StageTest
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_job_travels_through_broker_bridge_and_the_ready_agent()
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        await StartReadyAgentAsync(Stage.BridgeUrl());
        var job = await Stage.Client.Jobs.EnqueueAndWaitAsync(Greeting("Ada"), Wait);
        var log = await Stage.Client.Jobs.LogsAsync(job.Id);
        Assert.That(job.State, Is.EqualTo(JobState.Succeeded));
        Assert.That(job.Handler, Is.EqualTo("office-7"));
        Assert.That(log.Items.Select(line => line.Message), Does.Contain("hello Ada"));
    }

    [Test]
    public async Task A_job_travels_straight_over_ZeroMQ()
    {
        await Stage.StartBrokerAsync();
        await StartReadyAgentAsync(Stage.Router);
        var job = await Stage.Client.Jobs.EnqueueAndWaitAsync(Greeting("Grace"), Wait);
        Assert.That(job.State, Is.EqualTo(JobState.Succeeded));
    }

    [Test]
    public async Task A_job_waits_for_its_handler_across_a_restart_of_everything()
    {
        var broker = await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync();
        var key = (await Stage.CreateHandlerKeyAsync("office-7")).Key;
        var job = await Stage.Client.Jobs.EnqueueAsync(Greeting("Alan"));
        await broker.KillAsync();
        await bridge.KillAsync();
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        var ended = await ExpectEventAsync("job.succeeded", job.Id.ToString());
        await StartReadyAgentAsync(Stage.BridgeUrl(), key);
        await ended.WaitAsync(Deadline);
        Assert.That((await Stage.Client.Jobs.GetAsync(job.Id)).State, Is.EqualTo(JobState.Succeeded));
    }

    private static JobRequest Greeting(string name) =>
        new() { Method = "hello.say", Params = RawJson.From(new { name }) };

    private async Task StartReadyAgentAsync(string address, string? key = null)
    {
        var config = Path.Combine(Stage.Folder, "agent.yaml");
        await File.WriteAllTextAsync(
            config,
            """
            handler: office-7
            methods:
              hello.say:
                command: /bin/echo
                args: [hello, "${params.name}"]
                params:
                  name: { type: string, maxLength: 64 }
            """
        );
        key ??= (await Stage.CreateHandlerKeyAsync("office-7")).Key;
        var agent = Stage.Start(
            "agent",
            Shipped.ScheduleZero,
            ["agent", "--bridge", address, "--config", config],
            ("SCHEDULEZERO_API_KEY", key)
        );
        await agent.LineAsync("ready: agent office-7", Stage.StartLimit);
    }
}
