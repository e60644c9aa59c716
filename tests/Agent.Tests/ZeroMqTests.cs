using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Agent.Tests;

/// <summary>An agent that dials a ROUTER, with CURVE and without, and servers that are not what they claim.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class ZeroMqTests : IDisposable
{
    /// <summary>An operator is told of what is wrong within this time.</summary>
    private static readonly TimeSpan TellLimit = TimeSpan.FromSeconds(10);

    private static readonly string ApiKeyText = ApiKey.Generate().Reveal();

    private readonly CurveKeyPair _server = CurveKeyPair.Generate();
    private readonly TemporaryFolder _folder = new();
    private readonly LogLines _log = new();

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Test]
    public async Task A_job_crosses_CURVE_of_a_server_that_lets_in_any_client()
    {
        await using var router = FakeRouter.Start(ServerOf(_server));
        await using var agent = Start(router.Address, Trust(_server.Public.Text));
        var (peer, hello) = await router.WelcomeAsync();
        var attempt = Messages.AnAttempt(parameters: "[1,2]");

        FakeRouter.Say(peer, new Assign([attempt]));
        ReportEvent? succeeded = null;
        while (succeeded is null)
        {
            succeeded = (await router.NextAsync<Report>()).Message.Events.FirstOrDefault(e => e.Type == "succeeded");
        }

        FakeRouter.Say(peer, new Ack([new AcknowledgedAttempt(attempt.AttemptId, "accepted")]));
        await agent.StopAsync();
        await router.NextAsync<Bye>();
        Assert.That(succeeded.Result.ToString(), Is.EqualTo("[1,2]"));
        Assert.That(hello.ApiKey, Is.EqualTo(ApiKeyText));
        Assert.That(peer.PeerKey, Is.Not.Null);
        Assert.That(_log.With("5115"), Is.Empty);
    }

    [Test]
    public async Task A_server_that_knows_its_clients_lets_in_the_key_of_the_file()
    {
        var own = CurveKeyPair.Generate();
        await using var router = FakeRouter.Start(ServerOf(_server, key => key.Equals(own.Public)));
        await using var agent = Start(router.Address, Trust(_server.Public.Text), Prove(own));
        await router.WelcomeAsync();
        await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);
    }

    [Test]
    public async Task NetMQs_CURVE_is_spoken_with()
    {
        using var router = new RouterSocket();
        var certificate = ServeCurve(router);
        var port = router.BindRandomPort("tcp://127.0.0.1");
        await using var agent = Start($"tcp://127.0.0.1:{port}", Trust(new CurvePublicKey(certificate.PublicKey).Text));
        NetMQMessage? hello = null;
        Assert.That(router.TryReceiveMultipartMessage(FakeBroker.Patience, ref hello));
        router.SendMultipartBytes(
            hello![0].ToByteArray(),
            [],
            new FrameHeader(MessageKind.Welcome).ToFrame(),
            ProtocolJson.Write(Messages.AWelcome())
        );
        await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);
    }

    [Test]
    public async Task A_server_with_another_key_is_told_and_hears_nothing()
    {
        await using var router = FakeRouter.Start(ServerOf(CurveKeyPair.Generate()));
        await using var agent = Start(router.Address, Trust(_server.Public.Text));
        var line = await _log.NextWithAsync("5115", TellLimit);
        Assert.That(
            line,
            Does.Contain(router.Address).And.Contain(_server.Public.Text).And.Contain("in CurveServerKeys")
        );
        Assert.That(router.HeardCount, Is.Zero);
    }

    [Test]
    public async Task NetMQ_with_another_key_is_told_and_hears_nothing()
    {
        using var router = new RouterSocket();
        ServeCurve(router);
        var port = router.BindRandomPort("tcp://127.0.0.1");
        await using var agent = Start($"tcp://127.0.0.1:{port}", Trust(_server.Public.Text));
        Assert.That(await _log.NextWithAsync("5115", TellLimit), Does.Contain("in CurveServerKeys"));
        NetMQMessage? heard = null;
        Assert.That(router.TryReceiveMultipartMessage(TimeSpan.Zero, ref heard), Is.False);
    }

    [TestCase(true, "to the server's list of keys (--curve-allow)")]
    [TestCase(false, "This agent made its key in memory")]
    public async Task A_key_that_the_server_does_not_allow_is_told(bool hasFile, string advice)
    {
        var own = CurveKeyPair.Generate();
        await using var router = FakeRouter.Start(ServerOf(_server, _ => false));
        await using var agent = hasFile
            ? Start(router.Address, Trust(_server.Public.Text), Prove(own))
            : Start(router.Address, Trust(_server.Public.Text));
        var line = await _log.NextWithAsync("5115", TellLimit);
        Assert.That(line, Does.Contain(advice));
        Assert.That(line.Contains(own.Public.Text, StringComparison.Ordinal), Is.EqualTo(hasFile));
        Assert.That(router.HeardCount, Is.Zero);
    }

    private static IEnumerable<TestCaseData> FalseGreetings()
    {
        byte[] signature = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F];
        byte[] ready = [4, 26, .. "\u0005READY\u000bSocket-Type\0\0\0\u0006ROUTER"u8];
        var plaintext = new byte[52];
        "NULL"u8.CopyTo(plaintext);
        yield return Greeting("ZMTP 3.0 with NULL", [.. signature, 3, 0, .. plaintext, .. ready], "plaintext");
        yield return Greeting("ZMTP 3.1 with NULL", [.. signature, 3, 1, .. plaintext, .. ready], "plaintext");
        yield return Greeting("ZMTP 2", [.. signature, 1, 6, 0, 0], "speaks ZMTP 1");
        yield return Greeting("ZMTP 2.1", [.. signature, 2, 6, 0, 0], "speaks ZMTP 2");
        yield return Greeting("ZMTP 1", [1, 0], "does not speak ZMTP");
        yield return Greeting("HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), "does not speak ZMTP");

        static TestCaseData Greeting(string name, byte[] bytes, string told) =>
            new TestCaseData(bytes, told).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(FalseGreetings))]
    public async Task A_server_without_CURVE_gets_a_greeting_and_nothing_else(byte[] greeting, string told)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var agent = Start($"tcp://{server.LocalEndpoint}", Trust(_server.Public.Text));
        using var client = await server.AcceptTcpClientAsync().WaitAsync(FakeBroker.Patience);
        await client.GetStream().WriteAsync(greeting);
        var heard = await ReadToEndAsync(client).WaitAsync(TellLimit);

        Assert.That(await _log.NextWithAsync("5115", TellLimit), Does.Contain(told));
        Assert.That(heard, Has.Length.LessThanOrEqualTo(64), "more than a greeting");
        Assert.That(heard.AsSpan(12, 5).SequenceEqual("CURVE"u8));
    }

    [Test]
    public async Task A_server_that_wants_CURVE_is_told_to_an_agent_without_it()
    {
        await using var router = FakeRouter.Start(ServerOf(_server));
        await using var agent = Start(router.Address);
        Assert.That(
            await _log.NextWithAsync("5115", TellLimit),
            Does.Contain("name its public key in CurveServerKeys")
        );
    }

    [Test]
    public async Task A_server_that_says_nothing_is_told()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        await using var agent = Start($"tcp://{server.LocalEndpoint}", Trust(_server.Public.Text));
        Assert.That(await _log.NextWithAsync("5115", TellLimit), Does.Contain("The handshake did not end"));
    }

    [Test]
    public async Task Each_reason_is_told_once_until_it_changes()
    {
        var port = FreePort();
        await using var agent = Start($"tcp://127.0.0.1:{port}", Trust(_server.Public.Text));
        await _log.NextWithAsync("Nobody listens at", TellLimit);
        await using (var other = FakeRouter.Start(ServerOf(CurveKeyPair.Generate()), port))
        {
            await _log.NextWithAsync("the CURVE key", TellLimit);
            var refusals = other.Refusals;
            Assert.That(() => other.Refusals, Is.GreaterThan(refusals + 1).After(10_000, 20));
        }

        await using var router = FakeRouter.Start(ServerOf(_server), port);
        await router.WelcomeAsync();
        await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);
        Assert.That(_log.With("the CURVE key"), Has.Count.EqualTo(1));
        Assert.That(_log.With("5102"), Is.Empty);
    }

    [Test]
    public async Task While_a_servers_key_is_replaced_either_key_is_taken_without_a_word()
    {
        await using var router = FakeRouter.Start(ServerOf(_server));
        await using var agent = Start(
            router.Address,
            Trust(CurveKeyPair.Generate().Public.Text),
            Trust(PublicFileOf(_server))
        );
        await router.WelcomeAsync();
        await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);
        Assert.That(_log.With("5115"), Is.Empty);
    }

    [Test]
    public async Task A_key_in_a_file_may_be_replaced_while_the_agent_runs()
    {
        var port = FreePort();
        var file = PublicFileOf(CurveKeyPair.Generate());
        await using var router = FakeRouter.Start(ServerOf(_server), port);
        await using var agent = Start(router.Address, Trust(file));
        await _log.NextWithAsync("5115", TellLimit);
        // As `schedulezero curve show` prints the key.
        File.Move(_folder.Write("new.pub", $"{_server.Public}\n"), file, overwrite: true);
        await router.WelcomeAsync();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task After_an_outage_the_agent_says_Hello_again(bool withCurve)
    {
        var security = withCurve ? ServerOf(_server) : FakeRouter.Plaintext;
        var first = FakeRouter.Start(security);
        await using var agent = withCurve ? Start(first.Address, Trust(_server.Public.Text)) : Start(first.Address);
        await first.WelcomeAsync();
        await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);
        await first.DisposeAsync();
        await _log.NextWithAsync("Nobody listens at", TellLimit);

        await using var second = FakeRouter.Start(security, first.Port);
        await second.WelcomeAsync();
        Assert.That(_log.With("5102"), Has.Count.EqualTo(1), "the end of the session");
    }

    [Test]
    public async Task A_dead_Broker_is_passed_over_for_the_next_address()
    {
        await using var router = FakeRouter.Start(FakeRouter.Plaintext);
        await using var agent = Start($"tcp://127.0.0.1:{FreePort()}", Also(router.Address));
        await router.WelcomeAsync();
        Assert.That(
            await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience),
            Is.EqualTo(new Uri(router.Address))
        );
        Assert.That(_log.With("Nobody listens at"), Has.Count.EqualTo(1));
    }

    [TestCase(true, "refused: no such token")]
    [TestCase(false, "in CurveServerKeys. The token was not used")]
    public async Task A_token_of_enrolment_goes_only_to_the_server_that_was_named(bool isTheServer, string complaint)
    {
        await using var router = FakeRouter.Start(ServerOf(isTheServer ? _server : CurveKeyPair.Generate()));
        var enrolling = AgentEnrolment.EnrolAsync(
            new Uri(router.Address),
            EnrolmentToken.Generate().Reveal(),
            "office-7",
            new IdentityPlace(_folder.Path),
            new AgentDialOptions { CurveServerKeys = [_server.Public.Text] }
        );
        if (isTheServer)
        {
            var (peer, _) = await router.NextAsync<Enrol>();
            FakeRouter.Say(peer, new Refused("refused", "no such token"));
        }

        Assert.That(
            () => enrolling.WaitAsync(FakeBroker.Patience),
            Throws.TypeOf<IdentityException>().With.Message.Contains(complaint)
        );
        Assert.That(router.HeardCount, Is.Zero);
    }

    private static ZmtpSecurity ServerOf(CurveKeyPair key, Func<CurvePublicKey, bool>? isAllowed = null) =>
        new ZmtpSecurity.CurveServer(() => [key], isAllowed ?? (_ => true));

    private static NetMQCertificate ServeCurve(RouterSocket router)
    {
        var certificate = new NetMQCertificate();
        router.Options.CurveServer = true;
        router.Options.CurveCertificate = certificate;
        return certificate;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<byte[]> ReadToEndAsync(TcpClient client)
    {
        using var all = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(all);
        }
        catch (IOException)
        {
            // The agent cut the connection while bytes of the server were on their way.
        }

        return all.ToArray();
    }

    private static Action<HandlerAgentOptions> Trust(string keyOrFile) =>
        options => options.CurveServerKeys.Add(keyOrFile);

    private static Action<HandlerAgentOptions> Also(string address) => options => options.Bridges.Add(address);

    private Action<HandlerAgentOptions> Prove(CurveKeyPair own)
    {
        var file = Path.Combine(_folder.Path, "own.key");
        CurveKeyFile.Create(file, own, DateTimeOffset.UnixEpoch);
        return options => options.CurveKeyFile = file;
    }

    private string PublicFileOf(CurveKeyPair pair) =>
        _folder.Write($"{Guid.NewGuid():N}.pub", $"curve\n    public-key = \"{pair.Public.Text}\"\n");

    private RunningAgent Start(string address, params Action<HandlerAgentOptions>[] configure)
    {
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = "office-7";
            options.ApiKey = ApiKeyText;
            options.Bridges.Add(address);
            options.SettleTimeout = TimeSpan.Zero;
            foreach (var set in configure)
            {
                set(options);
            }
        });
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(_log));
        return builder.Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p)).Start();
    }
}
