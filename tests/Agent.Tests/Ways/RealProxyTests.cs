using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests.Ways;

/// <summary>An agent behind the proxies that networks really have.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class RealProxyTests
{
    private static readonly string Key = ApiKey.Generate().Reveal();

    [Test]
    public async Task An_agent_with_the_password_comes_through(
        [Values("squid", "tinyproxy")] string program,
        [Values] bool webSocketsBlocked,
        [Values] bool fromFile
    )
    {
        await using var proxy = await RealProxy.StartAsync(program);
        await using var bridge = await FakeBridge.StartAsync(webSocketsBlocked);
        using var folder = new TemporaryFolder();
        var file = folder.Write("proxy", $"{RealProxy.User}:{RealProxy.Password}\n");
        var log = new LogLines { Least = LogLevel.Trace };
        var settings = fromFile
            ? new AgentProxy { Address = proxy.Address, CredentialsFile = file }
            : new AgentProxy
            {
                Address = proxy.Address,
                User = RealProxy.User,
                Password = RealProxy.Password,
            };
        await using var agent = Start(bridge.Address, settings, log);

        await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);

        var hello = await bridge.Hellos.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);
        Assert.That(hello.Transport, Is.EqualTo(webSocketsBlocked ? "ServerSentEvents" : "WebSockets"));
        Assert.That(string.Join('\n', log.With("")), Does.Not.Contain(RealProxy.Password));
    }

    [Test]
    public async Task A_wrong_password_is_told_of_and_shown_nowhere([Values("squid", "tinyproxy")] string program)
    {
        await using var proxy = await RealProxy.StartAsync(program);
        await using var bridge = await FakeBridge.StartAsync();
        var log = new LogLines { Least = LogLevel.Trace };
        var settings = new AgentProxy
        {
            Address = proxy.Address,
            User = RealProxy.User,
            Password = "wrong-hunter3",
        };
        await using var agent = Start(bridge.Address, settings, log);

        var line = await log.NextWithAsync("5102 ", FakeBroker.Patience);

        Assert.That(line, Does.Contain("does not take this user and password"));
        Assert.That(string.Join('\n', log.With("")), Does.Not.Contain("hunter3"));
        Assert.That(bridge.Hellos.Reader.Count, Is.Zero);
    }

    private static RunningAgent Start(string address, AgentProxy proxy, LogLines log)
    {
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = "office-7";
            options.ApiKey = Key;
            options.Bridges.Add(address);
            options.Proxy = proxy;
            options.SettleTimeout = TimeSpan.Zero;
        });
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(log));
        return builder.Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p)).Start();
    }
}
