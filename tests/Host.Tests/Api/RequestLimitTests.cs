using System.Net;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class RequestLimitTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync(
        requestsPerMinute: Limits.RequestsPerMinuteDefault, anonymousRequestsPerMinute: Limits.AnonymousRequestsPerMinuteDefault);

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Request_101_of_a_key_is_told_when_to_come_again_and_other_keys_are_served()
    {
        var refused = await RefusedOfAsync(_host.Admin, ApiHost.Jobs, served: 100);
        Assert.That((await refused.ProblemAsync()).Detail, Does.Contain("100 requests a minute").And.Contain("requestsPerMinute"));

        using var other = _host.Client(_host.AddKey(Roles.Viewer));
        Assert.That((await other.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_keys_own_figure_counts_in_place_of_the_brokers()
    {
        using var client = _host.Client(_host.AddKey(Roles.Viewer, requestsPerMinute: 3));
        await RefusedOfAsync(client, ApiHost.Jobs, served: 3);
        using var writes = await client.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        Assert.That(writes.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests), "before it is asked whether it may write");
    }

    [Test]
    public async Task Request_11_without_a_key_is_refused_whatever_address_its_headers_claim()
    {
        using var anonymous = _host.Client(null);
        for (var i = 0; i < 10; i++)
        {
            Assert.That((await SendAsync(anonymous, $"10.0.0.{i}")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        using var refused = await SendAsync(anonymous, "10.0.0.99");
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That((await refused.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.RateLimited));
        Assert.That((await _host.Admin.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK), "a valid key from the same address is served");

        static Task<HttpResponseMessage> SendAsync(HttpClient client, string claimed)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", claimed);
            request.Headers.TryAddWithoutValidation("Forwarded", $"for={claimed}");
            return client.SendAsync(request);
        }
    }

    [Test]
    public async Task Keys_cannot_be_tried_faster_than_anonymous_requests_are_served()
    {
        for (var i = 0; i <= 10; i++)
        {
            using var guess = _host.Client(ApiKey.Generate());
            var expected = i < 10 ? HttpStatusCode.Unauthorized : HttpStatusCode.TooManyRequests;
            Assert.That((await guess.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task Addresses_that_lead_nowhere_count_too() => await RefusedOfAsync(_host.Client(null), "/no/such/place", served: 10, HttpStatusCode.NotFound);

    [TestCase("10.1.2.3", "10.1.2.3")]
    [TestCase("::ffff:10.1.2.3", "10.1.2.3")]
    [TestCase("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [TestCase("::1", "::")]
    [TestCase(null, "255.255.255.255")]
    public void Who_can_choose_among_addresses_counts_as_one(string? address, string counted) =>
        Assert.That(ClientNetwork.Of(address is null ? null : IPAddress.Parse(address)), Is.EqualTo(IPAddress.Parse(counted)));

    private static async Task<HttpResponseMessage> RefusedOfAsync(HttpClient client, string path, int served, HttpStatusCode status = HttpStatusCode.OK)
    {
        for (var i = 0; i < served; i++)
        {
            Assert.That((await client.GetAsync(path)).StatusCode, Is.EqualTo(status), $"request {i + 1}");
        }

        var refused = await client.GetAsync(path);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, Is.InRange(1, 60));
        return refused;
    }
}
