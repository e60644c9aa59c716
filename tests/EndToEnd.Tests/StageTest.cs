using NUnit.Framework.Interfaces;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>A test with a stage of its own. A failure shows what the processes printed.</summary>
public abstract class StageTest
{
    // Generous, since a build may run on the same cores. A test waits that long only when something is broken.
    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private protected Stage Stage { get; private set; } = null!;

    [SetUp]
    public void OpenStage() => Stage = new Stage();

    [TearDown]
    public async Task CloseStageAsync()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(Stage.Describe());
        }

        await Stage.DisposeAsync();
    }

    /// <summary>Starts an agent that offers <see cref="JournalingAgent.Method"/>, and waits for its Welcome.</summary>
    private protected async Task<ChildProcess> StartAgentAsync(
        string name,
        string key,
        string journal,
        int capacity,
        params string[] addresses
    )
    {
        var agent = Stage.Start(
            name,
            Path.Combine(AppContext.BaseDirectory, "ScheduleZero.EndToEnd.Tests"),
            ["--handler", name, "--capacity", $"{capacity}", "--journal", journal, "--bridge", .. addresses],
            ("SCHEDULEZERO_API_KEY", key)
        );
        await agent.LineAsync("ready: agent", Stage.StartLimit);
        return agent;
    }

    private protected async Task<ChildProcess> StartAgentAsync(string name, params string[] addresses)
    {
        var key = await Stage.CreateHandlerKeyAsync(name);
        return await StartAgentAsync(name, key.Key, Path.Combine(Stage.Folder, $"{name}.journal"), 10, addresses);
    }

    /// <summary>Listens for an event from now on. The inner task ends with the event.</summary>
    /// <param name="subject">The subject of the event; null for any.</param>
    private protected async Task<Task<BrokerEvent>> ExpectEventAsync(string type, string? subject)
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var heard = ListenAsync(
            happened => happened.Type == type && (subject is null || happened.Subject == subject),
            () => opened.TrySetResult()
        );
        await Task.WhenAny(opened.Task, heard).WaitAsync(Deadline);
        return heard;
    }

    private async Task<BrokerEvent> ListenAsync(Func<BrokerEvent, bool> isExpected, Action opened)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await foreach (var happened in Stage.Client.EventsAsync(opened: opened, cancellationToken: limit.Token))
        {
            if (isExpected(happened))
            {
                return happened;
            }
        }

        throw new InvalidOperationException("The stream of events ended.");
    }

    /// <summary>
    /// Repeats a check until it holds, for conditions that have no event. Only a broken test reaches the deadline.
    /// </summary>
    private protected static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(Deadline);
        while (!await isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private protected static JobRequest Work(int milliseconds) =>
        new() { Method = JournalingAgent.Method, Params = Contracts.RawJson.From(new WorkParams(milliseconds)) };
}
