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
    public async Task StartAsync() =>
        _host = await ApiHost.StartAsync(
            requestsPerMinute: Limits.RequestsPerMinuteDefault,
            anonymousRequestsPerMinute: Limits.AnonymousRequestsPerMinuteDefault
        );

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Request_101_of_a_key_is_told_when_to_come_again_and_other_keys_are_served()
    {
        var refused = await RefusedOfAsync(_host.Admin, ApiHost.Jobs, served: 100);
        Assert.That(
            (await refused.ProblemAsync()).Detail,
            Does.Contain("100 requests a minute").And.Contain("requestsPerMinute")
        );

        using var other = _host.Client(_host.AddKey(Roles.Viewer));
        Assert.That((await other.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_keys_own_figure_counts_in_place_of_the_brokers()
    {
        using var client = _host.Client(_host.AddKey(Roles.Viewer, requestsPerMinute: 3));
        await RefusedOfAsync(client, ApiHost.Jobs, served: 3);
        using var writes = await client.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        Assert.That(
            writes.StatusCode,
            Is.EqualTo(HttpStatusCode.TooManyRequests),
            "the limit is checked before the permission"
        );
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
        Assert.That(
            (await _host.Admin.GetAsync(ApiHost.Jobs)).StatusCode,
            Is.EqualTo(HttpStatusCode.OK),
            "a valid key from the same address is served"
        );

        static Task<HttpResponseMessage> SendAsync(HttpClient client, string claimed)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/api/auth/keys");
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

    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    public async Task Health_checks_are_counted_apart_up_to_a_bound_of_their_own(string path)
    {
        using var probe = _host.Client(null);
        var refused = await RefusedOfAsync(probe, path, served: 600);
        Assert.That(
            (await refused.ProblemAsync()).Detail,
            Does.StartWith("600 health checks a minute are served to an address. Come again in ")
        );
        await RefusedOfAsync(probe, "/api/auth/keys", served: 10);
        Assert.That(
            (await _host.Admin.GetAsync(path)).StatusCode,
            Is.EqualTo(HttpStatusCode.TooManyRequests),
            "a credential does not open a second count"
        );
        await RefusedOfAsync(_host.Admin, ApiHost.Jobs, served: 100);
    }

    [Test]
    public async Task A_keys_figure_is_raised_while_it_is_used_up_and_holds_at_once()
    {
        var busy = _host.AddKey(Roles.Operator, "default", requestsPerMinute: 2);
        using var client = _host.Client(busy);
        var refused = await RefusedOfAsync(client, ApiHost.Jobs, served: 2);
        Assert.That(
            (await refused.ProblemAsync()).Detail,
            Does.Contain("2 requests a minute")
                .And.Contain("POST …/jobs/batch")
                .And.Contain($"PATCH /api/namespaces/default/keys/{busy.Id}")
                .And.Contain("schedulezero keys change")
        );

        using var changed = await PatchAsync(_host.Admin, "default", busy, """{"requestsPerMinute":5}""");
        Assert.That((await changed.BodyAsync()).GetProperty("requestsPerMinute").GetInt32(), Is.EqualTo(5));
        Assert.That(
            _host.Broker.Noted[^1],
            Has.Property("Action").EqualTo("keys:change").And.Property("Reason").EqualTo("5 requests a minute")
        );
        await RefusedOfAsync(client, ApiHost.Jobs, served: 5);
    }

    [Test]
    public async Task An_admin_raises_the_key_that_holds_everywhere_by_any_namespace_also_its_own()
    {
        using var changed = await PatchAsync(_host.Admin, "default", _host.AdminKey, """{"requestsPerMinute":150}""");
        Assert.That(changed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await RefusedOfAsync(_host.Admin, ApiHost.Jobs, served: 150);
    }

    [Test]
    public async Task Nobody_allows_another_more_requests_than_bind_themselves_nor_changes_a_key_above_them()
    {
        var bound = _host.AddKey(Roles.Admin, requestsPerMinute: 50);
        var other = _host.AddKey(Roles.Viewer, "default");
        using var client = _host.Client(bound);
        using var faster = await PatchAsync(client, "default", other, """{"requestsPerMinute":51}""");
        Assert.That((await faster.ProblemAsync()).Status, Is.EqualTo(403));
        using var own = await PatchAsync(client, "default", bound, """{"requestsPerMinute":51}""");
        Assert.That((await own.ProblemAsync()).Status, Is.EqualTo(403));
        using var asFast = await PatchAsync(client, "default", other, """{"requestsPerMinute":50}""");
        Assert.That(asFast.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        using var here = _host.Client(
            _host.AddKey(_host.AddRole(new RoleRule { Permissions = ["keys:manage"] }), "default")
        );
        using var above = await PatchAsync(
            here,
            "default",
            _host.AddKey(Roles.Admin, "default"),
            """{"requestsPerMinute":5}"""
        );
        Assert.That((await above.ProblemAsync()).Status, Is.EqualTo(403));
        using var everywhere = await PatchAsync(here, "default", _host.AdminKey, """{"requestsPerMinute":5}""");
        Assert.That((await everywhere.ProblemAsync()).Status, Is.EqualTo(404));
    }

    [TestCase("""{"requestsPerMinute":0}""")]
    [TestCase("""{"requestsPerMinute":10000001}""")]
    [TestCase("""{"requestsPerMinute":"many"}""")]
    public async Task A_figure_out_of_bounds_is_refused_by_its_field(string body)
    {
        using var refused = await PatchAsync(_host.Admin, "default", _host.AddKey(Roles.Viewer, "default"), body);
        Assert.That((await refused.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "requestsPerMinute" }));
    }

    [Test]
    public async Task A_refusal_for_the_namespaces_figure_says_so()
    {
        using var limited = await _host.Admin.PatchAsync(
            "/api/namespaces/tenant-a",
            HttpWords.Json("""{"limits":{"requestsPerMinute":1}}""")
        );
        using var client = _host.Client(_host.AddKey(Roles.Viewer, "tenant-a"));
        var refused = await RefusedOfAsync(client, "/api/namespaces/tenant-a/jobs", served: 1);
        Assert.That(
            (await refused.ProblemAsync()).Detail,
            Does.Contain("\"tenant-a\" may make 1 requests").And.Contain("PATCH /api/namespaces/tenant-a")
        );
    }

    [Test]
    public async Task Addresses_that_lead_nowhere_count_too() =>
        await RefusedOfAsync(_host.Client(null), "/no/such/place", served: 10, HttpStatusCode.NotFound);

    [TestCase("10.1.2.3", "10.1.2.3")]
    [TestCase("::ffff:10.1.2.3", "10.1.2.3")]
    [TestCase("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [TestCase("::1", "::")]
    [TestCase(null, "255.255.255.255")]
    public void Who_can_choose_among_addresses_counts_as_one(string? address, string counted) =>
        Assert.That(
            ClientNetwork.Of(address is null ? null : IPAddress.Parse(address)),
            Is.EqualTo(IPAddress.Parse(counted))
        );

    private static Task<HttpResponseMessage> PatchAsync(HttpClient client, string ns, ApiKey key, string body) =>
        client.PatchAsync($"/api/namespaces/{ns}/keys/{key.Id}", HttpWords.Json(body));

    private static async Task<HttpResponseMessage> RefusedOfAsync(
        HttpClient client,
        string path,
        int served,
        HttpStatusCode status = HttpStatusCode.OK
    )
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
