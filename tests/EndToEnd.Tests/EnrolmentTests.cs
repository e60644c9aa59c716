using ScheduleZero.Contracts.Rest;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>
/// Agents with enrolled keys, as users get them: the real Broker, Bridge, command line and ready agent.
/// </summary>
public sealed class EnrolmentTests : StageTest
{
    private string Config => Path.Combine(Stage.Folder, "agent.yaml");

    [SetUp]
    public void WriteConfig() =>
        File.WriteAllText(
            Config,
            """
            handler: office-7
            methods:
              echo:
                command: echo
                args: [hello]
              wait:
                command: sleep
                args: ["600"]
            """
        );

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_agent_enrols_works_restarts_and_works_again(bool overBridge)
    {
        var address = await OpenAsync(overBridge);
        var (identity, _) = await EnrolAsync(address, "first");
        var agent = await StartAsync("first", address, identity);
        await RunJobAsync();
        var inUse = RunAgent("second start", address, identity);
        await inUse.LineAsync("Bad configuration: ", Deadline);
        Assert.That(await inUse.ExitAsync(Deadline), Is.EqualTo(2), "One process at a time uses the file.");

        agent.Terminate();
        Assert.That(await agent.ExitAsync(Deadline), Is.Zero);
        var killed = await StartAsync("again", address, identity);
        await RunJobAsync();
        await killed.KillAsync();
        await StartAsync("after a kill", address, identity);
        await RunJobAsync();
        var key = (await Stage.Client.Keys.ListAsync()).Items.Single(key => key.Handler == "office-7");
        Assert.That((key.Proof, key.RevokedAt), Is.EqualTo((KeyProof.P256, (DateTimeOffset?)null)));
        Assert.That(key.Fingerprint, Does.StartWith("SHA256:"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_agent_proves_itself_again_to_a_Broker_that_was_killed(bool overBridge)
    {
        var address = await OpenAsync(overBridge);
        var (identity, id) = await EnrolAsync(address, "first");
        await StartAsync("first", address, identity);
        for (var i = 0; i < 2; i++)
        {
            await RunJobAsync();
            await Stage.Children.Last(child => child.Name == "broker").KillAsync();
            await Stage.StartBrokerAsync();
        }

        await RunJobAsync();
        Assert.That((await Stage.Client.Keys.ListAsync()).Items.Single(key => key.Id == id).RevokedAt, Is.Null);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_agent_seals_its_sessions_once_they_must_be_and_after_a_kill_of_the_Broker(bool overBridge)
    {
        var address = await OpenAsync(overBridge);
        var (identity, _) = await EnrolAsync(address, "first");
        await StartAsync("first", address, identity);
        await RunJobAsync();
        Assert.That(await IsSealedAsync(), Is.False);
        await Stage.Client.Namespaces.PatchAsync("default", new NamespacePatch { Sealed = ["office-7"] });
        await UntilAsync(IsSealedAsync);
        await RunJobAsync();
        await Stage.Children.Last(child => child.Name == "broker").KillAsync();
        await Stage.StartBrokerAsync();
        await RunJobAsync();
        Assert.That(await IsSealedAsync(), Is.True);
    }

    [Test]
    public async Task A_second_copy_of_an_identity_locks_it_and_both_are_closed()
    {
        var address = await OpenAsync(overBridge: true);
        var (identity, id) = await EnrolAsync(address, "first");
        var first = await StartAsync("first", address, identity);
        await RunJobAsync();
        var locked = await ExpectEventAsync("handler.locked", "office-7");
        var copy = Path.Combine(Stage.Folder, "copy.json");
        File.Copy(identity, copy);
        var second = RunAgent("copy", address, copy);

        Assert.That((await locked.WaitAsync(Deadline)).Detail, Does.Contain(id));
        Assert.That(
            await Task.WhenAll(first.ExitAsync(Deadline), second.ExitAsync(Deadline)),
            Is.EqualTo(new[] { 1, 1 })
        );
        await Task.WhenAll(first.LineAsync("revoked: ", Deadline), second.LineAsync("revoked: ", Deadline));
        var key = (await Stage.Client.Keys.ListAsync()).Items.Single(key => key.Id == id);
        Assert.That(key.RevokedReason, Is.EqualTo("cloned"));
        Assert.That((await Stage.Client.StatsAsync()).HandlersOnline, Is.Zero);
    }

    [Test]
    public async Task Revoking_an_enrolled_key_ends_its_agent_in_the_middle_of_a_job()
    {
        var address = await OpenAsync(overBridge: true);
        var (identity, id) = await EnrolAsync(address, "first");
        var agent = await StartAsync("first", address, identity);
        var started = await ExpectEventAsync("job.started", subject: null);
        await Stage.Client.Jobs.EnqueueAsync(new JobRequest { Method = "wait", Handler = "office-7" });
        await started.WaitAsync(Deadline);
        await Stage.Client.Keys.RevokeAsync(id);
        await agent.LineAsync("revoked: ", Deadline);
        Assert.That(await agent.ExitAsync(Deadline), Is.EqualTo(1));
        Assert.That((await Stage.Client.StatsAsync()).Sessions, Is.Zero);
    }

    [Test]
    public async Task A_token_is_good_for_one_agent()
    {
        var address = await OpenAsync(overBridge: true);
        var token = await Stage.Client.Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-7" });
        var agents = Enumerable
            .Range(0, 3)
            .Select(i => Enroll($"agent {i}", address, token.Token, Path.Combine(Stage.Folder, $"{i}.json")))
            .ToList();
        var exits = await Task.WhenAll(agents.Select(agent => agent.ExitAsync(Deadline)));
        Assert.That(exits, Is.EquivalentTo(new[] { 0, 4, 4 }));
        Assert.That(Directory.GetFiles(Stage.Folder, "?.json"), Has.Length.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_agent_goes_on_with_the_key_that_took_the_place_of_its_first(bool overBridge)
    {
        var address = await OpenAsync(overBridge);
        var (identity, id) = await EnrolAsync(address, "first");
        var agent = await StartAsync("first", address, identity);
        var refused = Rotate("rotates too early", address, identity);
        Assert.That(
            await refused.ExitAsync(Deadline),
            Is.EqualTo(4),
            "A rotation is refused while an agent uses the file."
        );
        agent.Terminate();
        Assert.That(await agent.ExitAsync(Deadline), Is.Zero);

        var rotate = Rotate("rotates", address, identity);
        Assert.That(await rotate.ExitAsync(Deadline), Is.Zero, rotate.Describe());
        await StartAsync("again", address, identity);
        await RunJobAsync();
        var keys = (await Stage.Client.Keys.ListAsync()).Items.Where(key => key.Handler == "office-7").ToList();
        Assert.That(keys.Single(key => key.Id != id).Account, Is.EqualTo(id));
        Assert.That(keys.Single(key => key.Id == id).ExpiresAt, Is.Not.Null);
    }

    private ChildProcess Rotate(string name, string address, string identity) =>
        Stage.Start(name, Shipped.ScheduleZero, ["agent", "rotate", address, "--identity", identity]);

    private async Task<string> OpenAsync(bool overBridge)
    {
        await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        return overBridge ? Stage.BridgeUrl() : Stage.Router;
    }

    private async Task<(string Identity, string KeyId)> EnrolAsync(string address, string name)
    {
        var token = await Stage.Client.Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-7" });
        var identity = Path.Combine(Stage.Folder, $"{name}.json");
        var enrol = Enroll($"{name} enrols", address, token.Token, identity);
        Assert.That(await enrol.ExitAsync(Deadline), Is.Zero, enrol.Describe());
        Assert.That(
            OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(identity),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite)
        );
        return (identity, (await Stage.Client.Enrolments.ListAsync()).Items.Single(row => row.Id == token.Id).KeyId!);
    }

    private ChildProcess Enroll(string name, string address, string token, string file) =>
        Stage.Start(name, Shipped.ScheduleZero, ["agent", "enroll", address, token, "--out", file]);

    private ChildProcess RunAgent(string name, string address, string identity) =>
        Stage.Start(
            name,
            Shipped.ScheduleZero,
            ["agent", "--config", Config, "--bridge", address, "--identity", identity]
        );

    private async Task<ChildProcess> StartAsync(string name, string address, string identity)
    {
        var agent = RunAgent(name, address, identity);
        await agent.LineAsync("ready: agent", Stage.StartLimit);
        return agent;
    }

    private async Task<bool> IsSealedAsync() =>
        (await Stage.Client.Handlers.ListAsync()).Items.Single().Sessions is [{ State: "ready", Sealed: true }];

    private async Task RunJobAsync()
    {
        var job = await Stage.Client.Jobs.EnqueueAndWaitAsync(
            new JobRequest { Method = "echo", Handler = "office-7" },
            TimeSpan.FromSeconds(60)
        );
        Assert.That(job.State, Is.EqualTo(JobState.Succeeded));
    }
}
