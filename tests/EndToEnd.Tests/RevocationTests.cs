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
        var key = await Stage.CreateHandlerKeyAsync("office-7");
        var agent = await StartAgentAsync(
            "office-7", key.Key, Path.Combine(Stage.Folder, "journal"), 1, overBridge ? Stage.BridgeUrl() : Stage.Router);
        await Stage.Client.Jobs.EnqueueAndWaitAsync(Work(1), Deadline);

        var stopped = agent.LineAsync("stopped:", Deadline);
        var start = Stopwatch.GetTimestamp();
        await Stage.Client.Keys.RevokeAsync(key.Id);
        await stopped;
        var took = Stopwatch.GetElapsedTime(start);
        await TestContext.Out.WriteLineAsync($"The agent was told after {took.TotalMilliseconds:0} ms.");

        Assert.That(await agent.ExitAsync(Deadline), Is.EqualTo(1), "An agent whose key is revoked does not come back.");
        Assert.That(took, Is.LessThan(Promised));
    }
}
