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
    public async Task Origins_reach_the_broker()
    {
        Variables["SCHEDULEZERO_DATA"] = Folder;
        var outcome = await RunAsync("broker", "--cors-origin", "https://a.example", "*");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("--cors-origin: '*' is not an origin").And.Not.Contain("a.example'"));
    }

    [TestCase("broker", "--allow-from")]
    [TestCase("broker", "--trusted-proxies")]
    [TestCase("bridge", "--allow-from")]
    [TestCase("bridge", "--trusted-proxies")]
    public async Task Ranges_follow_their_flag_and_reach_the_server(string verb, string flag)
    {
        Variables["SCHEDULEZERO_DATA"] = Folder;
        Variables["SCHEDULEZERO_BRIDGE_KEY"] = Key;
        var outcome = await RunAsync(verb, flag, "nonsense-1", "nonsense-2");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain($"{flag}: 'nonsense-1' is neither").And.Contain($"{flag}: 'nonsense-2' is neither"));
    }
}
