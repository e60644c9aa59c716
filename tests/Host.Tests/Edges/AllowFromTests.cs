using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Host;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>The list of addresses that may connect to REST.</summary>
internal sealed class AllowFromTests
{
    private const string Inside = "127.0.0.9";
    private const string Outside = "127.0.0.1";
    private const string Live = "/health/live";

    [TestCase("http://127.0.0.1:0")]
    [TestCase("http://[::]:0")]
    public async Task Connections_from_elsewhere_are_cut(string url)
    {
        await using var host = await ApiHost.StartAsync(allowFrom: ["127.0.0.8/29"], url: url);
        using var inside = host.ClientAt(Inside, null);
        using var outside = host.ClientAt(Outside, null);
        Assert.That((await inside.GetAsync(Live)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            async () => await outside.GetAsync(Live),
            Throws.InstanceOf<HttpRequestException>().Or.InstanceOf<SocketException>()
        );
    }

    [Test]
    public async Task Everybody_may_connect_unless_something_is_said()
    {
        await using var host = await ApiHost.StartAsync();
        using var client = host.ClientAt("127.9.9.9", null);
        Assert.That((await client.GetAsync(Live)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("203.0.113.7", 200)]
    [TestCase("198.51.100.1", 403)]
    [TestCase(null, 403)]
    public async Task Behind_a_proxy_the_client_is_looked_at(string? forwarded, int status)
    {
        await using var host = await ApiHost.StartAsync(trustedProxies: [Inside], allowFrom: ["203.0.113.0/24"]);
        using var client = host.ClientAt(Inside, null);
        if (forwarded is not null)
        {
            client.DefaultRequestHeaders.Add("X-Forwarded-For", forwarded);
        }

        using var answer = await client.GetAsync(Live);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        if (status == 403)
        {
            Assert.That((await answer.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Forbidden));
        }
    }

    [Test]
    public async Task What_is_refused_is_counted()
    {
        var counted = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == AddressPolicy.RefusedName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref counted, value));
        listener.Start();
        await using var host = await ApiHost.StartAsync(allowFrom: [Inside]);
        using var outside = host.ClientAt(Outside, null);
        Assert.That(
            async () => await outside.GetAsync(Live),
            Throws.InstanceOf<HttpRequestException>().Or.InstanceOf<SocketException>()
        );
        Assert.That(Interlocked.Read(ref counted), Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public void The_log_tells_of_many_refusals_in_one_line_each_ten_seconds()
    {
        var time = new FakeTimeProvider();
        var log = new CountingLog();
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var policy = new AddressPolicy(["10.0.0.0/8"], [], meters.GetRequiredService<IMeterFactory>(), time, log);
        for (var i = 0; i < 1_000; i++)
        {
            policy.Admits(IPAddress.Loopback);
        }

        Assert.That(log.Lines, Has.Count.EqualTo(1));
        time.Advance(TimeSpan.FromSeconds(11));
        policy.Admits(IPAddress.Loopback);
        Assert.That(log.Lines, Has.Count.EqualTo(2));
        Assert.That(log.Lines[1], Does.Contain("1000 were refused"));
    }

    [TestCase("--allow-from", "SCHEDULEZERO_ALLOW_FROM", "10.0.0.1/8")]
    [TestCase("--trusted-proxies", "SCHEDULEZERO_TRUSTED_PROXIES", "proxy.example.org")]
    [TestCase("--trusted-proxies", "SCHEDULEZERO_TRUSTED_PROXIES", "10.1")]
    public void What_is_no_range_is_refused(string flag, string variable, string text)
    {
        Assert.That(
            () => BrokerArguments.Read([flag, text], _ => null).Validate(),
            Throws.TypeOf<BrokerSettingsException>().With.Message.Contains(flag)
        );
        Assert.That(
            () => BrokerArguments.Read([], name => name == variable ? text : null).Validate(),
            Throws.TypeOf<BrokerSettingsException>().With.Message.Contains(flag)
        );
    }

    [Test]
    public void Flags_win_over_the_environment()
    {
        var settings = BrokerArguments.Read(
            ["--allow-from", "10.0.0.0/8", "::1"],
            name => name is "SCHEDULEZERO_ALLOW_FROM" or "SCHEDULEZERO_TRUSTED_PROXIES" ? "127.0.0.1, 127.0.0.2" : null
        );
        Assert.That(settings.AllowFrom, Is.EqualTo(new[] { "10.0.0.0/8", "::1" }));
        Assert.That(settings.TrustedProxies, Is.EqualTo(new[] { "127.0.0.1", "127.0.0.2" }));
    }

    private sealed class CountingLog : ILogger<AddressPolicy>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Lines.Add(formatter(state, exception));
    }
}
