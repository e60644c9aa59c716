namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>Campaigns that kill processes with SIGKILL.</summary>
[Category("Slow")]
public sealed class FaultTests : FaultCampaignTest
{
    [Test]
    public async Task Killing_the_broker_loses_nothing_and_runs_nothing_twice()
    {
        var broker = await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        await AddAgentAsync("signalr", (await Stage.CreateHandlerKeyAsync("signalr")).Key, Stage.BridgeUrl());
        await AddAgentAsync("zeromq", (await Stage.CreateHandlerKeyAsync("zeromq")).Key, Stage.Router);
        await RunAsync(
            mayRunAgain: false,
            async () =>
            {
                await broker.KillAsync();
                broker = await Stage.StartBrokerAsync();
            }
        );
    }

    [Test]
    public async Task Killing_a_bridge_loses_nothing_and_runs_nothing_twice()
    {
        await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync("one");
        await Stage.StartBridgeAsync("two");
        await AddAgentAsync(
            "both",
            (await Stage.CreateHandlerKeyAsync("both")).Key,
            Stage.BridgeUrl("one"),
            Stage.BridgeUrl("two")
        );
        await AddAgentAsync("first", (await Stage.CreateHandlerKeyAsync("first")).Key, Stage.BridgeUrl("one"));
        await RunAsync(
            mayRunAgain: false,
            async () =>
            {
                await bridge.KillAsync();
                var killedAt = TimeProvider.System.GetUtcNow();
                bridge = await Stage.StartBridgeAsync("one");
                // The agent knows no other Bridge, and nothing is promised to a handler that is away for longer than
                // its leases.
                await UntilAsync(async () =>
                    (await Stage.Client.Handlers.GetAsync("first")).Sessions.Any(session =>
                        session.ConnectedAt > killedAt
                    )
                );
            }
        );
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
        await RunAsync(
            mayRunAgain: true,
            async () =>
            {
                var victim = Chance.Next(2);
                await KillAgentAsync(victim == 0 ? "signalr" : "zeromq");
                await (
                    victim == 0
                        ? AddAgentAsync("signalr", signalr, Stage.BridgeUrl())
                        : AddAgentAsync("zeromq", zeromq, Stage.Router)
                );
            }
        );
    }

    [Test]
    public async Task Killing_any_of_them_at_random_loses_nothing()
    {
        var broker = await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync();
        var key = (await Stage.CreateHandlerKeyAsync("office-7")).Key;
        await AddAgentAsync("office-7", key, Stage.BridgeUrl());
        await RunAsync(
            mayRunAgain: true,
            async () =>
            {
                switch (Chance.Next(3))
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
            }
        );
    }
}
