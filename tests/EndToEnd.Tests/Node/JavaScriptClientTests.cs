using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.EndToEnd.Tests.Node;

/// <summary>Microsoft's SignalR client for JavaScript, in Node, on each of its transports.</summary>
public sealed class JavaScriptClientTests : StageTest
{
    private const string Method = "node.echo";

    [TestCase("WebSockets")]
    [TestCase("ServerSentEvents")]
    [TestCase("LongPolling")]
    public async Task A_handler_in_Node_runs_a_job_and_its_key_is_in_no_line_of_the_log(string transport)
    {
        NodePackages.Require(NodePackages.SignalR);
        await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync();
        var key = await Stage.CreateHandlerKeyAsync("node-1");
        var handler = Stage.Start(
            "node",
            "node",
            [NodePackages.Script("handler.cjs"), NodePackages.SignalR, Stage.BridgeUrl(), "node-1", Method, transport],
            ("SCHEDULEZERO_API_KEY", key.Key)
        );
        await handler.LineAsync("ready: handler", Deadline);
        var job = await Stage.Client.Jobs.EnqueueAndWaitAsync(
            new JobRequest { Method = Method, Params = RawJson.Parse("""{"n":7}""") },
            Deadline
        );
        Assert.That(
            (job.State, job.Result.ToString()),
            Is.EqualTo((JobState.Succeeded, $$$"""{"transport":"{{{transport}}}","params":{"n":7}}"""))
        );
        Assert.That(bridge.Lines.Where(line => line.Contains(key.Key[17..], StringComparison.Ordinal)), Is.Empty);
    }
}
