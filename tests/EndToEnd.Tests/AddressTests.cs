using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.EndToEnd.Tests;

public sealed class AddressTests : StageTest
{
    [Test]
    public async Task A_handlers_key_opens_a_bridge_from_its_own_addresses()
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        var key = await Stage.Client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = "office-7",
                Addresses = ["127.0.0.0/8", "::1"],
            }
        );
        await StartAgentAsync(
            "office-7",
            key.Key,
            Path.Combine(Stage.Folder, "office-7.journal"),
            1,
            Stage.BridgeUrl()
        );
    }

    [TestCase(true, "203.0.113.0/24")]
    [TestCase(false, "127.0.0.0/8")]
    public async Task Elsewhere_and_where_no_address_is_known_it_opens_nothing(bool overBridge, string range)
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        var key = await Stage.Client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Handler,
                Handler = "office-7",
                Addresses = [range],
            }
        );
        var agent = Stage.Start(
            "office-7",
            Path.Combine(AppContext.BaseDirectory, "ScheduleZero.EndToEnd.Tests"),
            [
                "--handler",
                "office-7",
                "--capacity",
                "1",
                "--journal",
                Path.Combine(Stage.Folder, "j"),
                "--bridge",
                overBridge ? Stage.BridgeUrl() : Stage.Router,
            ],
            ("SCHEDULEZERO_API_KEY", key.Key)
        );
        await agent.LineAsync("stopped: forbidden: The key is bound to addresses", Deadline);
        Assert.That(await agent.ExitAsync(Deadline), Is.Not.Zero);
        Assert.That((await Stage.Client.StatsAsync()).Sessions, Is.Zero);
    }
}
