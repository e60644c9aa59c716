using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ScheduleZero.EndToEnd.Tests.Agents;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>What an operator sees of the processes: first lines, exit codes, clean stops.</summary>
public sealed partial class StartTests : StageTest
{
    private const int Configuration = 2;
    private const int Taken = 3;

    private static readonly TimeSpan CleanStopLimit = TimeSpan.FromSeconds(10);

    [Test]
    public async Task The_first_start_shows_an_admin_key_once_and_it_works()
    {
        var first = Stage.Start("broker", Shipped.ScheduleZero, Stage.BrokerArguments);
        await first.LineAsync("ready: broker", Stage.StartLimit);
        var shown = first.Lines.SelectMany(line => KeyPattern().Matches(line)).Select(match => match.Value).ToList();
        first.Terminate();
        await first.ExitAsync(CleanStopLimit);
        var second = Stage.Start("broker-again", Shipped.ScheduleZero, Stage.BrokerArguments);
        await second.LineAsync("ready: broker", Stage.StartLimit);

        Assert.That(shown, Has.Count.EqualTo(1));
        using var client = new Client.ScheduleZeroClient(Stage.Client.Options with { ApiKey = shown[0] });
        Assert.That((await client.StatsAsync()).Sessions, Is.Zero);
        Assert.That(second.Lines.Where(line => KeyPattern().IsMatch(line)), Is.Empty);
    }

    [TestCase("broker", "--urls", "not a url")]
    [TestCase("broker", "--router", "udp://127.0.0.1:1")]
    [TestCase("broker", "--urls", "http://0.0.0.0:1")]
    [TestCase("broker", "--requests-per-minute", "0")]
    [TestCase("broker", "--anonymous-requests-per-minute", "many")]
    [TestCase("broker", "--audit-days", "0.5")]
    [TestCase("broker", "--what-is-this", "x")]
    [TestCase("bridge", "--urls", "not a url")]
    [TestCase("agent", "--config", "/no/such/file.yaml")]
    public async Task A_wrong_setting_ends_with_2_and_a_word(params string[] arguments)
    {
        string[] data = arguments[0] == "broker" ? ["--data", Stage.DataFolder] : [];
        var process = Stage.Start(
            arguments[0],
            Shipped.ScheduleZero,
            [.. arguments, .. data],
            ("SCHEDULEZERO_BOOTSTRAP_KEY", Stage.AdminKey)
        );
        Assert.That(await process.ExitAsync(Stage.StartLimit), Is.EqualTo(Configuration), process.Describe());
        Assert.That(process.Lines, Is.Not.Empty);
    }

    [TestCase("broker", "--urls", "http://0.0.0.0:1")]
    [TestCase("broker", "--urls", "http://[::]:1")]
    [TestCase("broker", "--urls", "http://127.0.0.1:0", "http://192.0.2.1:1")]
    [TestCase("broker", "--urls", "http://broker.example:1")]
    [TestCase("broker", "--router", "tcp://0.0.0.0:1")]
    [TestCase("broker", "--router", "tcp://192.0.2.1:1")]
    [TestCase("broker", "--router", "tcp://127.0.0.1:0", ">tcp://192.0.2.1:1")]
    [TestCase("bridge", "--urls", "http://0.0.0.0:1")]
    [TestCase("bridge", "--urls", "http://*:1")]
    [TestCase("bridge", "--urls", "http://[::]:1")]
    [TestCase("bridge", "--broker", "tcp://192.0.2.1:1")]
    [TestCase("bridge", "--broker", "@tcp://0.0.0.0:1")]
    public async Task Nothing_listens_or_dials_beyond_loopback_unless_the_flag_says_so(params string[] arguments)
    {
        var process = StartAt(arguments);
        Assert.That(await process.ExitAsync(Stage.StartLimit), Is.EqualTo(Configuration), process.Describe());
        Assert.That(process.Lines, Has.Some.Contains("--insecure-allow-remote-plaintext"));
        Assert.That(Directory.Exists(Stage.DataFolder), Is.False, "the process ended before it made the data folder");
    }

    [TestCase("broker", "--urls", "http://0.0.0.0:PORT")]
    [TestCase("broker", "--router", "tcp://0.0.0.0:PORT")]
    [TestCase("bridge", "--urls", "http://0.0.0.0:PORT")]
    [TestCase("bridge", "--broker", "@tcp://0.0.0.0:PORT")]
    public async Task With_the_flag_it_listens_there(params string[] arguments)
    {
        var port = FreePorts.Take();
        var process = StartAt([
            .. arguments.Select(argument => argument.Replace("PORT", $"{port}", StringComparison.Ordinal)),
            "--insecure-allow-remote-plaintext",
        ]);
        using var limit = new CancellationTokenSource(Stage.StartLimit);
        for (var listens = false; !listens; )
        {
            Assert.That(process.HasExited, Is.False, process.Describe());
            using var caller = new TcpClient();
            try
            {
                await caller.ConnectAsync(IPAddress.Parse("127.0.0.2"), port, limit.Token);
                listens = true;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
            }
        }
    }

    [Test]
    public async Task A_weak_bootstrap_key_ends_with_2()
    {
        var broker = Stage.Start(
            "broker",
            Shipped.ScheduleZero,
            Stage.BrokerArguments,
            ("SCHEDULEZERO_BOOTSTRAP_KEY", "secret")
        );
        Assert.That(await broker.ExitAsync(Stage.StartLimit), Is.EqualTo(Configuration), broker.Describe());
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_taken_port_ends_with_3(bool isRest)
    {
        using var holder = new TcpListener(IPAddress.Loopback, isRest ? Stage.Rest.Port : new Uri(Stage.Router).Port);
        holder.Start();
        var broker = Stage.Start(
            "broker",
            Shipped.ScheduleZero,
            Stage.BrokerArguments,
            ("SCHEDULEZERO_BOOTSTRAP_KEY", Stage.AdminKey)
        );
        Assert.That(await broker.ExitAsync(Stage.StartLimit), Is.EqualTo(Taken), broker.Describe());
    }

    [Test]
    public async Task A_second_broker_on_the_same_data_ends_with_3_and_the_first_works_on()
    {
        await Stage.StartBrokerAsync();
        var second = Stage.Start(
            "second",
            Shipped.ScheduleZero,
            [
                "broker",
                "--data",
                Stage.DataFolder,
                "--urls",
                $"http://127.0.0.1:{FreePorts.Take()}",
                "--router",
                $"tcp://127.0.0.1:{FreePorts.Take()}",
            ]
        );
        Assert.That(await second.ExitAsync(Stage.StartLimit), Is.EqualTo(Taken), second.Describe());
        Assert.That((await Stage.Client.Jobs.EnqueueAsync(Work(1))).Warning, Is.Not.Null);
    }

    [Test]
    public async Task SIGTERM_stops_each_process_cleanly_within_10_s()
    {
        var broker = await Stage.StartBrokerAsync();
        var bridge = await Stage.StartBridgeAsync();
        var agent = await StartAgentAsync("office-7", Stage.BridgeUrl());
        await Stage.Client.Jobs.EnqueueAndWaitAsync(Work(1), Deadline);
        foreach (var process in (ChildProcess[])[agent, bridge, broker])
        {
            process.Terminate();
            Assert.That(await process.ExitAsync(CleanStopLimit), Is.Zero, process.Describe());
        }
    }

    [Test]
    public async Task SIGTERM_stops_a_broker_that_has_handlers_and_listeners()
    {
        var broker = await Stage.StartBrokerAsync();
        await Stage.StartBridgeAsync();
        await StartAgentAsync("office-7", Stage.BridgeUrl());
        await StartAgentAsync("office-8", Stage.Router);
        var job = await Stage.Client.Jobs.EnqueueAsync(new() { Method = JournalingAgent.MethodWithoutEnd });
        var waiting = Stage.Client.Jobs.EnqueueAndWaitAsync(Work(600_000), Deadline);
        _ = await ExpectEventAsync("job.succeeded", "a job that nobody made");
        Assert.That((await Stage.Client.Jobs.GetAsync(job.Id)).Id, Is.EqualTo(job.Id));

        broker.Terminate();
        Assert.That(await broker.ExitAsync(CleanStopLimit), Is.Zero, broker.Describe());
        Assert.That(
            await Task.WhenAny(waiting, Task.Delay(Deadline)),
            Is.SameAs(waiting),
            "A waiting caller gets an answer."
        );
    }

    // Settings that the test does not give are on loopback and on free ports.
    private ChildProcess StartAt(string[] arguments)
    {
        string[] others =
            arguments[0] == "broker"
                ?
                [
                    "--data",
                    Stage.DataFolder,
                    .. Unless("--urls", "http://127.0.0.1:0"),
                    .. Unless("--router", "tcp://127.0.0.1:0"),
                ]
                : [.. Unless("--urls", "http://127.0.0.1:0"), .. Unless("--broker", Stage.Router)];
        return Stage.Start(
            arguments[0],
            Shipped.ScheduleZero,
            [.. arguments, .. others],
            ("SCHEDULEZERO_BOOTSTRAP_KEY", Stage.AdminKey),
            ("SCHEDULEZERO_BRIDGE_KEY", Stage.AdminKey)
        );
        string[] Unless(string flag, string value) => arguments.Contains(flag) ? [] : [flag, value];
    }

    [GeneratedRegex("szk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")]
    private static partial Regex KeyPattern();
}
