using ScheduleZero.Broker.Host;

namespace ScheduleZero.Cli.Tests;

internal sealed class ServerVerbTests : CliFixture
{
    [TestCase("broker", "--router", "nonsense-1", "nonsense-2")]
    [TestCase("broker", "--router", "nonsense-1", "--router", "nonsense-2")]
    [TestCase("bridge", "--broker", "nonsense-1", "nonsense-2")]
    [TestCase("bridge", "--urls", "nonsense-1", "nonsense-2")]
    public async Task Addresses_follow_one_flag_or_a_flag_each(params string[] args)
    {
        Variables["SCHEDULEZERO_DATA"] = Folder;
        Variables["SCHEDULEZERO_BRIDGE_KEY"] = Key;
        var outcome = await RunAsync(args);
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("'nonsense-1' is not a").And.Contain("'nonsense-2' is not a"));
    }

    [Test]
    public async Task Help_of_the_broker_has_every_option_of_the_broker()
    {
        var outcome = await RunAsync("broker", "--help");
        foreach (var option in BrokerArguments.Options)
        {
            Assert.That(outcome.Out, Does.Contain($"  {option.Name} "));
        }
    }

    [Test]
    public async Task Origins_reach_the_broker()
    {
        Variables["SCHEDULEZERO_DATA"] = Folder;
        var outcome = await RunAsync("broker", "--cors-origin", "https://a.example", "*");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("--cors-origin: '*' is not an origin").And.Not.Contain("a.example'"));
    }

    [TestCase("broker")]
    [TestCase("bridge")]
    public async Task Names_for_a_CA_reach_the_server(string verb)
    {
        Variables["SCHEDULEZERO_DATA"] = Folder;
        Variables["SCHEDULEZERO_BRIDGE_KEY"] = Key;
        var outcome = await RunAsync(
            verb,
            "--urls=https://127.0.0.1:0",
            "--acme=one.example,*.example",
            "--acme-agree-terms",
            "--acme-email=nobody",
            "--acme-challenge=dns-01"
        );
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("--acme-email 'nobody'").And.Contain("--acme-challenge 'dns-01'"));
    }

    [TestCase("broker", "--allow-from")]
    [TestCase("broker", "--trusted-proxies")]
    [TestCase("broker", "--alert-allow")]
    [TestCase("bridge", "--allow-from")]
    [TestCase("bridge", "--trusted-proxies")]
    public async Task Ranges_follow_their_flag_and_reach_the_server(string verb, string flag)
    {
        Variables["SCHEDULEZERO_DATA"] = Folder;
        Variables["SCHEDULEZERO_BRIDGE_KEY"] = Key;
        var outcome = await RunAsync(verb, flag, "nonsense-1", "nonsense-2");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(
            outcome.Error,
            Does.Contain($"{flag}: 'nonsense-1' is neither").And.Contain($"{flag}: 'nonsense-2' is neither")
        );
    }

    [TestCase(
        "agent",
        "enroll",
        "ftp://bridge.example",
        "sze_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ExitCodes.Usage,
        "is no address"
    )]
    [TestCase(
        "agent",
        "enroll",
        "https://u:p@bridge.example",
        "sze_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ExitCodes.Usage,
        "is no address"
    )]
    [TestCase("agent", "enroll", "https://bridge.example", "sze_0123456789ab_cut", ExitCodes.Refused, "was it cut?")]
    [TestCase(
        "agent",
        "rotate",
        "https://bridge.example",
        "--identity=/none/there.json",
        ExitCodes.Refused,
        "There is no identity file /none/there.json"
    )]
    public async Task What_is_wrong_with_an_enrolment_is_said_and_nothing_secret(
        string noun,
        string verb,
        string url,
        string what,
        int exitCode,
        string expected
    )
    {
        var outcome = await RunAsync(noun, verb, url, what);
        Assert.That((outcome.ExitCode, outcome.Out), Is.EqualTo((exitCode, "")), outcome.Error);
        Assert.That(outcome.Error, Does.Contain(expected).And.Not.Contain("AAAA").And.Not.Contain("_cut"));
    }

    [Test]
    public async Task An_identity_is_not_written_over()
    {
        var file = Path.Combine(Folder, "there.json");
        await File.WriteAllTextAsync(file, "kept");
        var outcome = await RunAsync(
            "agent",
            "enroll",
            "https://bridge.example",
            "sze_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "--out",
            file
        );
        Assert.That((outcome.ExitCode, await File.ReadAllTextAsync(file)), Is.EqualTo((ExitCodes.Usage, "kept")));
    }

    [TestCase(0, null)]
    [TestCase(1, "agent-0.json")]
    [TestCase(2, null)]
    public async Task The_only_identity_is_taken_when_none_is_named(int count, string? expected)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "schedulezero", "agents")).FullName;
        for (var i = 0; i < count; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"agent-{i}.json"), "no identity");
        }

        Variables.Remove("SCHEDULEZERO_API_KEY");
        var outcome = await RunAsync("agent", "rotate", "https://bridge.example");
        Assert.That(outcome.ExitCode, Is.EqualTo(expected is null ? ExitCodes.Usage : ExitCodes.Refused));
        Assert.That(outcome.Error, Does.Contain(expected ?? "Which identity?"));
    }
}
