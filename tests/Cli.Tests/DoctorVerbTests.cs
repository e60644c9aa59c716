using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace ScheduleZero.Cli.Tests;

/// <summary><c>schedulezero doctor</c>: what it prints, and its exit codes.</summary>
internal sealed class DoctorVerbTests : CliFixture
{
    private const string Password = "hunter2-planted";

    [Test]
    public async Task The_first_failure_is_printed_with_what_to_do()
    {
        var outcome = await RunAsync("doctor", "--bridge", $"http://127.0.0.1:{FreePort()}");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Failed));
        Assert.That(outcome.Out, Does.Contain("ok      name").And.Contain("FAILED  tcp").And.Contain("Nobody listens"));
        Assert.That(outcome.Out, Does.Not.Contain("hello").And.Not.Contain(Key));
    }

    [TestCase("--json")]
    [TestCase("--output", "json")]
    public async Task JSON_has_all_steps_of_all_ways(params string[] flags)
    {
        var bridges = new[] { $"http://127.0.0.1:{FreePort()}", "http://bridge.example/hubs/handlers" };
        var outcome = await RunAsync(["doctor", "--bridge", .. bridges, .. flags]);
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Failed));
        var ways = JsonDocument.Parse(outcome.Out).RootElement;
        Assert.That(ways.EnumerateArray().Select(way => way.GetProperty("address").GetString()), Is.EqualTo(bridges));
        Assert.That(ways[0].GetProperty("isSound").GetBoolean(), Is.False);
        var last = ways[0].GetProperty("steps").EnumerateArray().Last();
        Assert.That(last.GetProperty("outcome").GetString(), Is.EqualTo("failed"));
    }

    [TestCase("--for", "4s")]
    [TestCase("--for", "3m")]
    [TestCase("--config", "/none/there.yaml")]
    [TestCase("--proxy", "ftp://proxy.example")]
    [TestCase("--proxy-credentials", "/none/there")]
    public async Task Settings_that_make_no_sense_are_usage_errors(params string[] flags)
    {
        var outcome = await RunAsync(["doctor", "--bridge", "http://127.0.0.1:1", .. flags]);
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.StartWith("error: "));
    }

    [TestCase("doctor")]
    [TestCase("agent")]
    public async Task A_password_on_the_command_line_is_refused_and_not_repeated(string verb)
    {
        var outcome = await RunAsync(verb, "--config", "x.yaml", "--proxy", $"http://ana:{Password}@proxy.example");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("--proxy-credentials").And.Not.Contain(Password));
    }

    [TestCase("SCHEDULEZERO_PROXY")]
    [TestCase("HTTP_PROXY")]
    public async Task A_proxy_of_the_environment_is_walked_through_and_its_password_shown_nowhere(string variable)
    {
        Variables[variable] = $"http://ana:{Password}@127.0.0.1:{FreePort()}";
        var outcome = await RunAsync("doctor", "--bridge", "http://bridge.invalid");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Failed));
        Assert.That(outcome.Out, Does.Contain("the proxy 127.0.0.1").And.Not.Contain(Password));
        Assert.That(outcome.Error, Does.Not.Contain(Password));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
