using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>
/// Networks that are slow, stall and reset connections, and processes that are suspended, all for less than a lease, so
/// that no job may run again.
/// </summary>
[Category("Slow")]
public sealed class RoughWayTests : FaultCampaignTest
{
    // A lease is 30 s. A process or connection that stalls for less is back in time.
    private const int StallMillisecondsMax = 4_000;

    private static readonly TimeSpan DelayMax = TimeSpan.FromMilliseconds(25);

    [Test]
    public async Task A_rough_network_loses_nothing_and_runs_nothing_twice()
    {
        await Stage.StartBrokerAsync();
        await using var toBroker = new RoughProxy(PortOf(Stage.Router), Seed, DelayMax);
        await Stage.StartBridgeAsync(router: $"tcp://127.0.0.1:{toBroker.Port}");
        await using var toBridge = new RoughProxy(new Uri(Stage.BridgeUrl()).Port, Seed + 1, DelayMax);
        await using var straight = new RoughProxy(PortOf(Stage.Router), Seed + 2, DelayMax);
        await AddAgentAsync(
            "signalr",
            (await Stage.CreateHandlerKeyAsync("signalr")).Key,
            $"http://127.0.0.1:{toBridge.Port}"
        );
        await AddAgentAsync(
            "zeromq",
            (await Stage.CreateHandlerKeyAsync("zeromq")).Key,
            $"tcp://127.0.0.1:{straight.Port}"
        );
        RoughProxy[] proxies = [toBroker, toBridge, straight];
        await RunAsync(
            mayRunAgain: false,
            async () =>
            {
                var proxy = proxies[Chance.Next(proxies.Length)];
                if (Chance.Next(2) == 0)
                {
                    proxy.Cut();
                }
                else
                {
                    await proxy.StallAsync(TimeSpan.FromMilliseconds(Chance.Next(StallMillisecondsMax)));
                }
            }
        );
        Assert.That(proxies.Select(proxy => proxy.Connections), Is.All.Positive, "each proxy was used");
    }

    [Test]
    public async Task Processes_that_stand_still_for_a_while_lose_nothing_and_run_nothing_twice()
    {
        var broker = await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync();
        var signalr = await AddAgentAsync(
            "signalr",
            (await Stage.CreateHandlerKeyAsync("signalr")).Key,
            Stage.BridgeUrl()
        );
        var zeromq = await AddAgentAsync("zeromq", (await Stage.CreateHandlerKeyAsync("zeromq")).Key, Stage.Router);
        ChildProcess[] processes = [broker, bridge, signalr, zeromq];
        await RunAsync(
            mayRunAgain: false,
            () =>
                processes[Chance.Next(processes.Length)]
                    .SuspendAsync(TimeSpan.FromMilliseconds(Chance.Next(StallMillisecondsMax)))
        );
    }

    private static int PortOf(string router) => int.Parse(router[(router.LastIndexOf(':') + 1)..]);
}
