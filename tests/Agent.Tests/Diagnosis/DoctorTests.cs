using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Authorities;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent.Commands;
using ScheduleZero.HandlerAgent.Diagnosis;

namespace ScheduleZero.Agent.Tests.Diagnosis;

/// <summary>Each step of a way, sound and broken: the walk ends at the first failure and says what is wrong.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DoctorTests : IDisposable
{
    private const string Password = "hunter2-planted";
    private static readonly string Key = ApiKey.Generate().Reveal();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task A_sound_way_passes_every_step_and_ends_its_session()
    {
        await using var bridge = await FakeBridge.StartAsync();
        var way = await WalkAsync(bridge.Address);
        Assert.That(way.IsSound, Is.True);
        Assert.That(way.Steps.Select(step => step.Name), Is.EqualTo(WayStep.Names.Skip(1)));
        Assert.That(way.Steps.Select(step => step.Outcome), Has.None.EqualTo(StepOutcome.Warning));
        var hello = await bridge.Hellos.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);
        Assert.That((hello.Hello.Handler, hello.Hello.Capacity), Is.EqualTo(("office-7", 0)));
        Assert.That(hello.Hello.Methods.Single().Name, Is.EqualTo("echo"));
        var bye = await bridge.Others.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);
        Assert.That(bye, Is.TypeOf<Contracts.Handlers.Bye>());
    }

    [Test]
    public async Task A_way_without_WebSockets_is_sound_and_warned_of()
    {
        await using var bridge = await FakeBridge.StartAsync(webSocketsBlocked: true);
        var way = await WalkAsync(bridge.Address);
        Assert.That(way.IsSound, Is.True);
        Assert.That(Of(way, WayStep.Upgrade), Is.EqualTo(StepOutcome.Warning));
        Assert.That(way.Steps.Single(step => step.Name == WayStep.Transport).Detail, Does.Contain("ServerSentEvents"));
    }

    [Test]
    public async Task A_name_that_does_not_exist_ends_the_walk_there() =>
        RequireEnd(await WalkAsync("https://bridge.invalid"), WayStep.HostName, "cannot be resolved");

    [Test]
    public async Task An_address_at_which_nobody_listens_ends_the_walk_there()
    {
        Uri nobody;
        await using (var gone = new HostileServer(null))
        {
            nobody = gone.Address;
        }

        RequireEnd(await WalkAsync(nobody.OriginalString), WayStep.Tcp, "Nobody listens");
    }

    [TestCase(407, "does not take this user and password")]
    [TestCase(403, "allow CONNECT")]
    [TestCase(502, "does not reach bridge.invalid")]
    public async Task A_proxy_that_refuses_ends_the_walk_there(int status, string words)
    {
        await using var proxy = new HostileServer(
            HostileServer.Http(status, "Proxy-Authenticate: Basic realm=\"r\"\r\n")
        );
        var file = _folder.Write("proxy", $"ana:{Password}");
        var way = await WalkAsync("https://bridge.invalid", proxy.Address.OriginalString, file);
        RequireEnd(way, WayStep.Proxy, words);
    }

    [Test]
    public async Task An_authority_that_is_not_trusted_ends_the_walk_at_TLS()
    {
        using var authority = new TestAuthority();
        var certificate = WrongCertificate.Issue(authority, _folder.Path, WrongCertificate.Kinds.Keys.First());
        await using var bridge = await FakeBridge.StartAsync(certificate: certificate);
        var way = await WalkAsync(bridge.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        RequireEnd(way, WayStep.Tls, "certificate");
    }

    [Test]
    public async Task A_port_without_TLS_ends_the_walk_at_TLS()
    {
        await using var bridge = await FakeBridge.StartAsync();
        var address = bridge.Address.Replace("http://", "https://", StringComparison.Ordinal);
        RequireEnd(await WalkAsync(address), WayStep.Tls, "does not speak TLS");
    }

    [TestCase(200, "Content-Type: text/html\r\n", "web page")]
    [TestCase(404, "Content-Type: application/problem+json\r\n", "REST address of a Broker")]
    [TestCase(302, "Location: https://portal.example/\r\n", "portal.example")]
    public async Task Whoever_is_no_Bridge_ends_the_walk_at_the_upgrade(int status, string headers, string words)
    {
        await using var server = new HostileServer(HostileServer.Http(status, headers, "<p>no Bridge</p>"));
        RequireEnd(await WalkAsync(server.Address.OriginalString), WayStep.Upgrade, words);
    }

    [TestCase(600, StepOutcome.Failed)]
    [TestCase(-600, StepOutcome.Failed)]
    [TestCase(60, StepOutcome.Warning)]
    [TestCase(0, StepOutcome.Ok)]
    public async Task A_clock_that_is_wrong_is_told(int secondsAhead, StepOutcome outcome)
    {
        await using var bridge = await FakeBridge.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(secondsAhead));
        var way = await WalkAsync(bridge.Address, time: time);
        Assert.That(Of(way, WayStep.Clock), Is.EqualTo(outcome));
        Assert.That(way.IsSound, Is.EqualTo(outcome != StepOutcome.Failed));
    }

    [Test]
    public async Task A_Broker_that_refuses_ends_the_walk_at_the_Hello()
    {
        await using var bridge = await FakeBridge.StartAsync();
        bridge.Refusal = "forbidden: The key is for handler \"other\".";
        RequireEnd(await WalkAsync(bridge.Address), WayStep.Hello, "The key is for handler");
    }

    [Test]
    public async Task The_address_of_the_hub_is_told_before_anything_is_dialled()
    {
        var way = await WalkAsync("https://bridge.invalid/hubs/handlers");
        RequireEnd(way, WayStep.Settings, "leave it out");
        Assert.That(way.Steps, Has.Count.EqualTo(1));
    }

    [TestCase(StatusCodes.Status204NoContent, StepOutcome.Ok, "survives 5 s")]
    [TestCase(StatusCodes.Status504GatewayTimeout, StepOutcome.Warning, "is cut after")]
    [TestCase(StatusCodes.Status503ServiceUnavailable, StepOutcome.Skipped, "busy")]
    public async Task Silence_is_measured_when_asked_for(int status, StepOutcome outcome, string words)
    {
        await using var bridge = await FakeBridge.StartAsync(webSocketsBlocked: true);
        bridge.Silence = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        var way = await WalkAsync(bridge.Address, silence: TimeSpan.FromSeconds(5));
        Assert.That(Of(way, WayStep.Silence), Is.EqualTo(outcome));
        Assert.That(way.Steps[^1].Detail, Does.Contain(words));
    }

    [Test]
    public async Task Without_a_file_the_way_is_walked_up_to_the_Hello()
    {
        await using var bridge = await FakeBridge.StartAsync();
        var way = await WalkAsync(bridge.Address, hasFile: false);
        Assert.That(way.IsSound, Is.True);
        Assert.That(Of(way, WayStep.Hello), Is.EqualTo(StepOutcome.Skipped));
    }

    /// <summary>Walks one way as the ready agent would go it. No step shows a secret.</summary>
    private async Task<WalkedWay> WalkAsync(
        string address,
        string? proxy = null,
        string? credentials = null,
        TimeSpan? silence = null,
        TimeProvider? time = null,
        bool hasFile = true
    )
    {
        var file = _folder.Write(
            "agent.yaml",
            """
            handler: office-7
            methods:
              echo: { command: echo }
            """
        );
        var settings = new CommandAgentSettings
        {
            ConfigFile = hasFile ? file : "",
            Bridges = [address],
            Proxy = proxy ?? "none",
            ProxyCredentialsFile = credentials,
            ApiKey = hasFile ? Key : null,
            Configure = options => options.ConnectTimeout = TimeSpan.FromSeconds(10),
        };
        var told = new List<WayStep>();
        var ways = await AgentDoctor.RunAsync(
            settings,
            silence,
            time ?? TimeProvider.System,
            (_, step) => told.Add(step),
            CancellationToken.None
        );
        Assert.That(told, Is.EqualTo(ways.Single().Steps));
        var words = string.Join('\n', told.Select(step => step.Detail));
        Assert.That(words, Does.Not.Contain(Password).And.Not.Contain(Key));
        return ways.Single();
    }

    private static StepOutcome Of(WalkedWay way, string name) => way.Steps.Single(step => step.Name == name).Outcome;

    private static void RequireEnd(WalkedWay way, string name, string words)
    {
        Assert.That(way.IsSound, Is.False);
        Assert.That(way.Steps[^1].Name, Is.EqualTo(name));
        Assert.That(way.Steps[^1].Outcome, Is.EqualTo(StepOutcome.Failed));
        Assert.That(way.Steps[^1].Detail, Does.Contain(words));
        Assert.That(way.Steps.Count(step => step.Outcome == StepOutcome.Failed), Is.EqualTo(1));
    }
}
