using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Tests;

/// <summary>
/// Tests of verbs that make a secret which is shown only once: they make none that could not be written.
/// </summary>
internal sealed class WriteFirstTests : CliFixture
{
    private RunningBroker _broker = null!;
    private ScheduleZeroClient _client = null!;

    [SetUp]
    public async Task StartBroker()
    {
        _broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Path.Combine(Folder, "data"),
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                AnonymousRequestsPerMinute = 1000,
            },
            null,
            CancellationToken.None
        );
        _client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(_broker.Urls[0]), ApiKey = _broker.BootstrapKey }
        );
        Variables["SCHEDULEZERO_SERVER"] = _broker.Urls[0];
        Variables["SCHEDULEZERO_API_KEY"] = _broker.BootstrapKey!;
    }

    [TearDown]
    public async Task StopBroker()
    {
        _client.Dispose();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task An_agent_enrols_on_a_server_that_has_no_configuration_folder_yet()
    {
        Variables.Remove("XDG_CONFIG_HOME");
        Variables["HOME"] = Path.Combine(Folder, "home", "service");
        var token = await TokenAsync();
        var outcome = await RunAsync("agent", "enroll", _broker.Router[0], token.Token);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        var folder = Path.Combine(Variables["HOME"], ".config", "schedulezero", "agents");
        Assert.That(
            Directory.GetFiles(folder).Select(Path.GetFileName),
            Is.EqualTo(new[] { "office-7.json" }),
            "nothing else is left there"
        );
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_place_that_cannot_be_written_costs_no_token(bool isNamed)
    {
        var token = await TokenAsync();
        var blocked = Path.Combine(Folder, "schedulezero");
        await File.WriteAllTextAsync(blocked, "a file where a folder should be");
        string[] place = isNamed ? ["--out", Path.Combine(blocked, "office-7.json")] : [];
        var refused = await RunAsync(["agent", "enroll", _broker.Router[0], token.Token, .. place]);
        Assert.That(refused.ExitCode, Is.Not.Zero);
        Assert.That(refused.Error, Does.Contain("The token was not used."));
        Assert.That((await _client.Enrolments.ListAsync()).Items.Single().UsedAt, Is.Null);

        File.Delete(blocked);
        var enrolled = await RunAsync(["agent", "enroll", _broker.Router[0], token.Token, .. place]);
        Assert.That(enrolled.ExitCode, Is.Zero, enrolled.Error);
        Assert.That(
            (await _client.Keys.ListAsync()).Items.Where(key => key.Handler == "office-7"),
            Has.Exactly(1).Items
        );
    }

    [Test]
    public async Task An_identity_that_cannot_be_kept_at_the_end_is_kept_by_the_next_try_with_the_same_token()
    {
        var token = await TokenAsync();
        var file = Path.Combine(Folder, "schedulezero", "agents", "office-7.json");
        Directory.CreateDirectory(Path.Combine(file, "in the way"));
        var refused = await RunAsync("agent", "enroll", _broker.Router[0], token.Token);
        Assert.That(refused.ExitCode, Is.Not.Zero);
        Assert.That(refused.Error, Does.Contain("try again with the same token"));

        Directory.Delete(file, recursive: true);
        var enrolled = await RunAsync("agent", "enroll", _broker.Router[0], token.Token);
        Assert.That(enrolled.ExitCode, Is.Zero, enrolled.Error);
        var key = (await _client.Keys.ListAsync()).Items.Single(key => key.Handler == "office-7");
        Assert.That(enrolled.Error, Does.Contain(key.Id), "it is the one key that was made");
        Assert.That(
            Directory.GetFiles(Path.GetDirectoryName(file)!).Select(Path.GetFileName),
            Is.EqualTo(new[] { "office-7.json" })
        );
    }

    [Test]
    public async Task A_token_that_is_refused_leaves_no_key_behind()
    {
        var outcome = await RunAsync(
            "agent",
            "enroll",
            _broker.Router[0],
            "sze_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        );
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Refused));
        Assert.That(Directory.GetFiles(Path.Combine(Folder, "schedulezero", "agents")), Is.Empty);
    }

    [Test]
    public async Task An_identity_that_is_replaced_is_kept_beside_the_new_one()
    {
        await RunAsync("agent", "enroll", _broker.Router[0], (await TokenAsync()).Token);
        var file = Path.Combine(Folder, "schedulezero", "agents", "office-7.json");
        var first = await File.ReadAllTextAsync(file);
        var outcome = await RunAsync("agent", "enroll", _broker.Router[0], (await TokenAsync()).Token);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(await File.ReadAllTextAsync($"{file}.old"), Is.EqualTo(first));
    }

    [TestCase("keys create service ci --role viewer")]
    [TestCase("keys create handler office-7")]
    [TestCase("keys create bridge dmz-1")]
    [TestCase("keys rotate")]
    public async Task A_key_file_that_cannot_be_written_costs_no_key(string words)
    {
        var before = await _client.Keys.ListAsync();
        string[] command = words == "keys rotate" ? ["keys", "rotate", before.Items[0].Id] : words.Split(' ');
        foreach (var file in new[] { Path.Combine(Folder, "none", "a.key"), Folder })
        {
            var outcome = await RunAsync([.. command, "--out", file]);
            Assert.That((outcome.ExitCode, outcome.Out), Is.EqualTo((ExitCodes.Usage, "")), outcome.Error);
            Assert.That(outcome.Error, Does.Contain("Nothing was done."));
        }

        Assert.That(
            (await _client.Keys.ListAsync()).Items.Select(key => key.Id),
            Is.EqualTo(before.Items.Select(key => key.Id))
        );
    }

    [TestCase("login", "ana")]
    [TestCase("account", "password")]
    public async Task A_session_that_could_not_be_kept_is_not_begun(params string[] command)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "schedulezero"), "a file where a folder should be");
        Secrets.Enqueue("a long enough password");
        var outcome = await RunAsync(command);
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("A session cannot be kept in"));
        Assert.That(Secrets, Has.Count.EqualTo(1), "nobody was asked for a password");
    }

    private Task<EnrolmentCreated> TokenAsync() =>
        _client.Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-7" });
}
