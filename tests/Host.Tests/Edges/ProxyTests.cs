using System.Net;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>
/// Which proxies are believed about the address of a request. The key that is tried is bound to 203.0.113.7.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ProxyTests
{
    private const string Proxy = "127.0.0.9";
    private const string Stranger = "127.0.0.1";
    private const string Stats = "/api/stats";

    [TestCase(Proxy, "203.0.113.7", true)]
    [TestCase(Proxy, "203.0.113.7:4711", true)]
    [TestCase(Proxy, "::ffff:203.0.113.7", true)]
    [TestCase(Stranger, "203.0.113.7", false)]
    [TestCase(Proxy, null, false)]
    [TestCase(Proxy, "nonsense", false)]
    // A proxy appends the address that it saw. Entries further left may come from the client.
    [TestCase(Proxy, "203.0.113.7, 198.51.100.1", false)]
    [TestCase(Proxy, "198.51.100.1, 203.0.113.7", true)]
    // The second trusted proxy stands between the first one and the Broker.
    [TestCase(Proxy, "198.51.100.1, 203.0.113.7, 10.1.2.3", true)]
    [TestCase(Proxy, "203.0.113.7, 198.51.100.1, 10.1.2.3", false)]
    public async Task A_forwarded_address_is_believed_from_trusted_proxies_alone(
        string from,
        string? forwarded,
        bool opens
    )
    {
        await using var host = await ApiHost.StartAsync(trustedProxies: [Proxy, "10.0.0.0/8"]);
        Assert.That(
            await StatusAsync(host, from, forwarded),
            Is.EqualTo(opens ? HttpStatusCode.OK : HttpStatusCode.Unauthorized)
        );
    }

    [Test]
    public async Task Without_trusted_proxies_the_header_says_nothing()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.That(await StatusAsync(host, Proxy, "203.0.113.7"), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_proxy_that_shows_as_a_mapped_address_is_known()
    {
        await using var host = await ApiHost.StartAsync(trustedProxies: [Proxy], url: "http://[::]:0");
        Assert.That(await StatusAsync(host, Proxy, "203.0.113.7"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync(host, Stranger, "203.0.113.7"), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Requests_count_to_the_address_behind_the_proxy()
    {
        await using var host = await ApiHost.StartAsync(anonymousRequestsPerMinute: 2, trustedProxies: [Proxy]);
        var statuses = new List<int>();
        foreach (var forwarded in new[] { "203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.8" })
        {
            using var client = host.ClientAt(Proxy, null);
            client.DefaultRequestHeaders.Add("X-Forwarded-For", forwarded);
            statuses.Add((int)(await client.GetAsync("/api/auth/keys")).StatusCode);
        }

        Assert.That(statuses, Is.EqualTo(new[] { 200, 200, 429, 200 }));
    }

    [TestCase(Proxy, true)]
    [TestCase(Stranger, false)]
    public async Task A_proxy_that_ends_tls_has_browsers_told_to_stay_with_it(string from, bool told)
    {
        await using var host = await ApiHost.StartAsync(trustedProxies: [Proxy]);
        using var client = host.ClientAt(from, null);
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        using var answer = await client.GetAsync("/health/live");
        Assert.That(answer.Headers.Contains("Strict-Transport-Security"), Is.EqualTo(told));
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiHost host, string from, string? forwarded)
    {
        using var client = host.ClientAt(from, host.AddKey(Roles.Admin, addresses: ["203.0.113.7"]));
        if (forwarded is not null)
        {
            client.DefaultRequestHeaders.Add("X-Forwarded-For", forwarded);
        }

        using var answer = await client.GetAsync(Stats);
        return answer.StatusCode;
    }
}
