using System.Diagnostics;

namespace ScheduleZero.EndToEnd.Tests;

public sealed class RevocationTests : StageTest
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task Revoking_a_handlers_key_closes_its_connection_at_once(bool overBridge)
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        var took = new List<double>();
        // The limit is far below the lease, after which a connection that nobody closed would end by itself. The test
        // prints how long it took.
        for (var i = 0; i < 3; i++)
        {
            took.Add(await RevokeAsync($"office-{i}", overBridge ? Stage.BridgeUrl() : Stage.Router));
        }

        await TestContext.Out.WriteLineAsync(
            $"The agents were told after {string.Join(", ", took.Select(ms => $"{ms:0} ms"))}."
        );
    }

    private async Task<double> RevokeAsync(string handler, string address)
    {
        var key = await Stage.CreateHandlerKeyAsync(handler);
        var agent = await StartAgentAsync(
            handler,
            key.Key,
            Path.Combine(Stage.Folder, $"{handler}.journal"),
            1,
            address
        );
        var stopped = agent.LineAsync("stopped:", Deadline);
        var start = Stopwatch.GetTimestamp();
        await Stage.Client.Keys.RevokeAsync(key.Id);
        await stopped;
        var took = Stopwatch.GetElapsedTime(start);
        Assert.That(
            await agent.ExitAsync(Deadline),
            Is.EqualTo(1),
            "An agent whose key is revoked does not come back."
        );
        return took.TotalMilliseconds;
    }
}
