using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Bridge.Tests;

internal sealed class SettingsTests
{
    private static readonly string Key = ApiKey.Generate().Reveal();

    [TestCase("http://0.0.0.0:8890", "tcp://127.0.0.1:4242", "insecure-allow-remote-plaintext")]
    [TestCase("http://*:8890", "tcp://127.0.0.1:4242", "insecure-allow-remote-plaintext")]
    [TestCase("http://127.0.0.1:8890", "@tcp://0.0.0.0:4242", "insecure-allow-remote-plaintext")]
    [TestCase("http://127.0.0.1:8890", "tcp://broker.example:4242", "insecure-allow-remote-plaintext")]
    [TestCase("https://127.0.0.1:8890", "tcp://127.0.0.1:4242", "--tls-cert")]
    [TestCase("ftp://127.0.0.1:8890", "tcp://127.0.0.1:4242", "not a URL")]
    [TestCase("127.0.0.1", "tcp://127.0.0.1:4242", "not a URL")]
    [TestCase("http://127.0.0.1:8890", "127.0.0.1:4242", "not a Broker endpoint")]
    [TestCase("http://127.0.0.1:8890", "@>tcp://127.0.0.1:4242", "not a Broker endpoint")]
    [TestCase("http://127.0.0.1:8890", "tcp://127.0.0.1:0", "not a Broker endpoint")]
    public void Settings_that_are_wrong_or_unsafe_are_refused(string url, string broker, string expected) =>
        Assert.That(
            () =>
                new BridgeSettings
                {
                    Urls = [url],
                    Brokers = [broker],
                    Key = Key,
                }.Validate(),
            Throws.TypeOf<BridgeSettingsException>().With.Message.Contains(expected)
        );

    [TestCase("http://localhost:8890", "tcp://localhost:4242", false)]
    [TestCase("http://[::1]:0", "@tcp://127.0.0.1:0", false)]
    [TestCase("http://0.0.0.0:8890", "@tcp://0.0.0.0:4242", true)]
    public void Settings_within_loopback_or_with_the_risk_accepted_are_taken(
        string url,
        string broker,
        bool allowInsecureRemote
    ) =>
        Assert.That(
            () =>
                new BridgeSettings
                {
                    Urls = [url],
                    Brokers = [broker],
                    Key = Key,
                    AllowInsecureRemote = allowInsecureRemote,
                }.Validate(),
            Throws.Nothing
        );

    [Test]
    public void A_handler_that_holds_all_it_may_can_say_so_in_one_message()
    {
        ResumedAttempt[] held =
        [
            .. Enumerable
                .Range(0, Limits.CapacityMax)
                .Select(_ => new ResumedAttempt(
                    new AttemptId(new JobId(Guid.CreateVersion7()), int.MaxValue),
                    int.MaxValue
                )),
        ];
        var hello = new Hello
        {
            Protocol = 1,
            Handler = new string('h', Limits.NameLengthMax),
            Instance = new string('i', Limits.NameLengthMax),
            Methods = [new OfferedMethod { Name = new string('m', Limits.NameLengthMax) }],
            Capacity = Limits.CapacityMax,
            Resume = held,
        };
        var heartbeat = new Heartbeat(Limits.CapacityMax, [.. held.Select(attempt => attempt.AttemptId)]);
        Assert.That(ProtocolJson.Write(hello), Has.Length.LessThan(new BridgeLimits().MessageBytesMax));
        Assert.That(ProtocolJson.Write(heartbeat), Has.Length.LessThan(new BridgeLimits().MessageBytesMax));
    }

    [TestCase("")]
    [TestCase("szk_0123456789ab_short")]
    public void Key_is_needed_in_full(string key) =>
        Assert.That(
            () => new BridgeSettings { Key = key }.Validate(),
            Throws.TypeOf<BridgeSettingsException>().With.Message.Contains("key")
        );

    [Test]
    public void Flags_win_over_environment_and_environment_over_defaults()
    {
        var environment = new Dictionary<string, string>
        {
            [BridgeArguments.UrlsVariable] = "http://127.0.0.1:1, http://127.0.0.1:2",
            [BridgeArguments.BrokerVariable] = "tcp://127.0.0.1:3",
            [BridgeArguments.KeyVariable] = Key + "\n",
        };
        var settings = BridgeArguments.Read(
            ["--broker", "tcp://127.0.0.1:4", "tcp://127.0.0.1:5"],
            environment.GetValueOrDefault
        );

        Assert.That(settings.Urls, Is.EqualTo(new[] { "http://127.0.0.1:1", "http://127.0.0.1:2" }));
        Assert.That(settings.Brokers, Is.EqualTo(new[] { "tcp://127.0.0.1:4", "tcp://127.0.0.1:5" }));
        Assert.That(settings.Key, Is.EqualTo(Key));
        Assert.That(BridgeArguments.Read([], _ => null).Urls, Is.EqualTo(new[] { BridgeSettings.UrlDefault }));
    }

    [TestCase("--rulz", "x")]
    [TestCase("--urls")]
    [TestCase("--key", "/no/such/file")]
    [TestCase("stray")]
    public void Wrong_flags_are_refused(params string[] arguments) =>
        Assert.That(() => BridgeArguments.Read(arguments, _ => null), Throws.TypeOf<BridgeSettingsException>());

    [Test]
    public async Task Command_answers_wrong_settings_and_a_taken_port_with_their_exit_codes()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";
        using var error = new StringWriter();

        var wrong = await BridgeCommand.RunAsync(
            new BridgeSettings { Key = "" },
            TextWriter.Null,
            error,
            null,
            CancellationToken.None
        );
        var busy = await BridgeCommand.RunAsync(
            new BridgeSettings { Key = Key, Urls = [url] },
            TextWriter.Null,
            error,
            null,
            CancellationToken.None
        );
        Assert.That((wrong, busy), Is.EqualTo((BridgeCommand.ExitConfiguration, BridgeCommand.ExitTaken)));
    }
}
