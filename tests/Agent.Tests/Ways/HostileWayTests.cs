using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests.Ways;

/// <summary>
/// What the log says when something on the way does not behave: what is wrong, and what to do, and no password.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class HostileWayTests
{
    private const string Password = "hunter2-p@ss/w%rd";
    private static readonly string Key = ApiKey.Generate().Reveal();
    private static readonly string Page = HostileServer.Http(200, "Content-Type: text/html\r\n", "<h1>Welcome</h1>");

    [TestCase(407, "asks for a user and a password (407)", "--proxy-credentials", false)]
    [TestCase(407, "does not take this user and password (407)", "", true)]
    [TestCase(403, "forbids the way to bridge.invalid:443 (403)", "allow CONNECT", true)]
    [TestCase(502, "does not reach bridge.invalid:443 (502)", "check the address", true)]
    [TestCase(418, "answered 418", "", true)]
    public async Task A_proxy_that_refuses_is_told_of(int status, string words, string advice, bool hasCredentials)
    {
        var headers = status == 407 ? "Proxy-Authenticate: Basic realm=\"r\"\r\n" : "";
        await using var proxy = new HostileServer(HostileServer.Http(status, headers));
        var line = await FailureAsync("https://bridge.invalid", proxy.Address, hasCredentials);
        Assert.That(line, Does.Contain(words).And.Contain(advice));
    }

    [TestCase("garbage \u0001\u0002\r\n\r\n", true)]
    [TestCase("", true)]
    [TestCase(null, false)]
    public async Task A_proxy_that_answers_garbage_or_nothing_is_told_of(string? answer, bool cuts)
    {
        await using var proxy = new HostileServer(answer, cuts);
        var line = await FailureAsync("https://bridge.invalid", proxy.Address, hasCredentials: true);
        Assert.That(line, Does.Contain("proxy").Or.Contain("no answer").Or.Contain("No connection within"));
    }

    [Test]
    public async Task A_proxy_at_which_nobody_listens_is_told_of_as_the_proxy()
    {
        Uri nobody;
        await using (var gone = new HostileServer(null))
        {
            nobody = gone.Address;
        }

        var line = await FailureAsync("https://bridge.invalid", nobody, hasCredentials: true);
        Assert.That(line, Does.Contain("Nobody listens at the proxy's address"));
    }

    [TestCase(200, "Content-Type: text/html; charset=utf-8\r\n", "captive")]
    [TestCase(302, "Location: https://portal.example/login?who=1\r\n", "https://portal.example/login")]
    [TestCase(511, "Content-Type: text/html\r\n", "captive portal")]
    [TestCase(401, "Content-Type: application/problem+json\r\n", "REST address of a Broker")]
    [TestCase(404, "Content-Type: application/problem+json\r\n", "REST address of a Broker")]
    [TestCase(404, "", "no Bridge at this address")]
    [TestCase(403, "", "--allow-from")]
    [TestCase(403, "Content-Type: text/html\r\n", "filter")]
    [TestCase(503, "", "not served now")]
    [TestCase(429, "Retry-After: 9\r\n", "fewer attempts")]
    public async Task Whoever_answers_in_the_place_of_a_Bridge_is_told_of(int status, string headers, string words)
    {
        await using var server = new HostileServer(HostileServer.Http(status, headers, "<p>no Bridge</p>"));
        var line = await FailureAsync(server.Address.OriginalString, proxy: null, hasCredentials: false);
        Assert.That(line, Does.Contain(words).And.Not.Contain("who=1"));
    }

    [Test]
    public async Task A_key_does_not_follow_a_redirect()
    {
        await using var elsewhere = new HostileServer(Page);
        await using var server = new HostileServer(HostileServer.Http(307, $"Location: {elsewhere.Address}x\r\n"));
        await FailureAsync(server.Address.OriginalString, proxy: null, hasCredentials: false);
        Assert.That(server.Requests, Does.Contain(Key));
        Assert.That(elsewhere.Requests, Is.Empty);
    }

    [Test]
    public async Task A_name_that_does_not_exist_is_told_of()
    {
        var line = await FailureAsync("https://bridge.invalid", proxy: null, hasCredentials: false);
        Assert.That(line, Does.Contain("The name bridge.invalid cannot be resolved"));
    }

    /// <summary>Lets an agent fail, and returns the line that says why. The whole log holds no password.</summary>
    private static async Task<string> FailureAsync(string address, Uri? proxy, bool hasCredentials)
    {
        var log = new LogLines { Least = LogLevel.Trace };
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = "office-7";
            options.ApiKey = Key;
            options.Bridges.Add(address);
            options.ConnectTimeout = TimeSpan.FromSeconds(4);
            options.UseEnvironmentProxy = false;
            options.SettleTimeout = TimeSpan.Zero;
            options.Proxy = proxy is null
                ? null
                : new AgentProxy
                {
                    Address = proxy,
                    User = hasCredentials ? "ana" : null,
                    Password = hasCredentials ? Password : null,
                };
        });
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(log));
        string line;
        await using (builder.Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p)).Start())
        {
            line = await log.NextWithAsync("5102 ", FakeBroker.Patience);
        }

        var whole = string.Join('\n', log.With(""));
        Assert.That(whole, Does.Not.Contain(Password).And.Not.Contain("hunter2"));
        Assert.That(whole, Does.Not.Contain(Convert.ToBase64String("ana:hunter2-p@ss/w%rd"u8)));
        Assert.That(whole, Does.Not.Contain(Key));
        return line;
    }
}
