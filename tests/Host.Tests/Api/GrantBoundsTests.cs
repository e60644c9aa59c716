using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>
/// Nobody grants what lasts longer, opens from more addresses or makes more requests than what they hold.
/// </summary>
internal sealed class GrantBoundsTests
{
    private const string Keys = "/api/namespaces/default/keys";
    private const string Enrolments = "/api/namespaces/default/enrolments";

    private static readonly DateTimeOffset End = ApiHost.Noon.AddSeconds(20);

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private HttpClient Bound(
        string ns = "default",
        DateTimeOffset? until = null,
        string[]? addresses = null,
        int? rate = null
    ) => _host.Client(_host.AddKey(Roles.Admin, ns, expiresAt: until, addresses: addresses, requestsPerMinute: rate));

    [TestCase("""{"kind":"service","name":"x","roles":["operator"]}""")]
    [TestCase("""{"kind":"handler","handler":"h"}""")]
    public async Task What_a_new_key_does_not_say_it_has_from_its_maker(string body)
    {
        using var client = Bound(until: End, addresses: ["127.0.0.1"], rate: 20);
        using var response = await client.PostTextAsync(Keys, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var made = await response.BodyAsync();
        Assert.That(made.GetProperty("expiresAt").GetDateTimeOffset(), Is.EqualTo(End));
        Assert.That(made.GetProperty("addresses").GetRawText(), Is.EqualTo("""["127.0.0.1"]"""));
        Assert.That(made.TryGetProperty("requestsPerMinute", out var rate) ? rate.GetInt32() : 20, Is.EqualTo(20));
    }

    [TestCase("\"expiresAt\":\"2026-10-01T12:00:21Z\"", "expiresAt")]
    [TestCase("\"addresses\":[\"127.0.0.1\",\"127.0.1.1\"]", "addresses")]
    [TestCase("\"addresses\":[\"126.0.0.0/7\"]", "addresses")]
    [TestCase("\"addresses\":[\"::1\"]", "addresses")]
    [TestCase("\"requestsPerMinute\":21", "requestsPerMinute")]
    public async Task A_key_beyond_its_makers_bounds_is_refused_by_the_field(string more, string field)
    {
        using var client = Bound(until: End, addresses: ["127.0.0.0/24", "10.0.0.0/8"], rate: 20);
        using var response = await client.PostTextAsync(
            Keys,
            $$"""{"kind":"service","name":"x","roles":["operator"],{{more}}}"""
        );
        var problem = await response.ProblemAsync();
        Assert.That(
            (problem.Status, problem.Code, problem.Errors!.Keys.Single()),
            Is.EqualTo((403, ErrorCodes.Forbidden, field))
        );
        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.CreateKey>(), Is.Empty);
        Assert.That(_host.Broker.Noted.Single().Outcome, Is.EqualTo(AuditOutcomes.Denied));
    }

    [TestCase("\"expiresAt\":\"2026-10-01T12:00:19Z\"")]
    [TestCase("\"addresses\":[\"127.0.0.7\",\"10.1.0.0/16\"]")]
    [TestCase("\"requestsPerMinute\":1")]
    public async Task A_key_within_its_makers_bounds_is_made(string more)
    {
        using var client = Bound(until: End, addresses: ["127.0.0.0/24", "10.0.0.0/8"], rate: 20);
        using var response = await client.PostTextAsync(
            Keys,
            $$"""{"kind":"service","name":"x","roles":["operator"],{{more}}}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Who_is_bound_to_nothing_grants_what_they_like()
    {
        using var response = await _host.Admin.PostTextAsync(
            Keys,
            """{"kind":"service","name":"x","roles":["operator"],"requestsPerMinute":5000,"addresses":["::/0"]}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task A_bridges_key_cannot_be_bound_to_addresses_and_is_none_of_theirs_who_are()
    {
        using var client = Bound("*", addresses: ["127.0.0.1"]);
        using var response = await client.PostTextAsync(Keys, """{"kind":"bridge","name":"edge"}""");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_handlers_key_is_not_opened_wider_than_its_changer_may()
    {
        var key = _host.AddKey(null, "default", KeyKind.Handler, addresses: ["127.0.0.1"]);
        using var client = Bound(addresses: ["127.0.0.0/8"]);
        using var wide = await client.PatchAsync($"{Keys}/{key.Id}", HttpWords.Json("""{"addresses":["0.0.0.0/0"]}"""));
        Assert.That((await wide.ProblemAsync()).Errors!.Keys.Single(), Is.EqualTo("addresses"));
        using var narrow = await client.PatchAsync(
            $"{Keys}/{key.Id}",
            HttpWords.Json("""{"addresses":["127.0.0.2"]}""")
        );
        Assert.That(narrow.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task An_enrolment_hands_on_its_makers_bounds()
    {
        using var client = Bound(until: End, addresses: ["127.0.0.1"]);
        using var response = await client.PostTextAsync(Enrolments, """{"handler":"h"}""");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var made = await response.BodyAsync();
        Assert.That(made.GetProperty("expiresAt").GetDateTimeOffset(), Is.EqualTo(End));
        Assert.That(made.GetProperty("keyExpiresAt").GetDateTimeOffset(), Is.EqualTo(End));
        Assert.That(made.GetProperty("addresses").GetRawText(), Is.EqualTo("""["127.0.0.1"]"""));
        using var wide = await client.PostTextAsync(Enrolments, """{"handler":"h","addresses":["10.0.0.0/8"]}""");
        Assert.That((await wide.ProblemAsync()).Errors!.Keys.Single(), Is.EqualTo("addresses"));
    }

    [Test]
    public async Task Rotation_gives_no_more_time_than_the_one_who_rotates_has()
    {
        var own = _host.AddKey(Roles.Admin, "default", expiresAt: End, addresses: ["127.0.0.1"], requestsPerMinute: 20);
        var other = _host.AddKey(
            Roles.Viewer,
            "default",
            expiresAt: End.AddDays(1),
            addresses: ["127.0.0.1"],
            requestsPerMinute: 20
        );
        using var client = _host.Client(own);
        foreach (var key in new[] { other, own })
        {
            using var response = await client.PostAsync($"{Keys}/{key.Id}/rotate", null);
            Assert.That(
                response.StatusCode,
                Is.EqualTo(HttpStatusCode.Created),
                await response.Content.ReadAsStringAsync()
            );
        }

        Assert.That(
            _host.Broker.Inputs.OfType<BrokerInput.RotateKey>().Select(input => input.EndsBy),
            Is.EqualTo(new[] { (DateTimeOffset?)End, End })
        );
    }

    [TestCase(null, 20, "addresses")]
    [TestCase("10.0.0.0/8", 20, "addresses")]
    [TestCase("127.0.0.1", null, "requestsPerMinute")]
    [TestCase("127.0.0.1", 21, "requestsPerMinute")]
    public async Task A_key_that_opens_more_than_ones_own_is_not_rotated(string? address, int? rate, string field)
    {
        var wide = _host.AddKey(
            Roles.Viewer,
            "default",
            addresses: address is null ? null : [address],
            requestsPerMinute: rate
        );
        using var client = Bound(addresses: ["127.0.0.1"], rate: 20);
        using var response = await client.PostAsync($"{Keys}/{wide.Id}/rotate", null);
        Assert.That((await response.ProblemAsync()).Errors!.Keys.Single(), Is.EqualTo(field));
        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.RotateKey>(), Is.Empty);
    }

    [TestCase("POST", "/api/users", """{"userName":"eve"}""", 403)]
    [TestCase("POST", "/api/users/target/password", "{}", 403)]
    [TestCase("PATCH", "/api/users/target", """{"roles":[{"role":"viewer","namespace":"default"}]}""", 403)]
    [TestCase("PATCH", "/api/users/target", """{"twoFactor":false}""", 403)]
    [TestCase("PATCH", "/api/users/target", """{"disabled":false}""", 403)]
    [TestCase("PATCH", "/api/users/target", """{"disabled":true}""", 200)]
    [TestCase("PATCH", "/api/users/target", """{"roles":[]}""", 200)]
    [TestCase("DELETE", "/api/users/target", "", 204)]
    public async Task A_user_has_no_end_and_no_addresses_and_is_made_by_nobody_whose_key_has(
        string verb,
        string path,
        string body,
        int status
    )
    {
        _host.AddUser("target");
        foreach (var bound in new[] { Bound("*", until: End), Bound("*", addresses: ["127.0.0.1"]) })
        {
            using var client = bound;
            using var response = await client.SendAsync(
                new HttpRequestMessage(new HttpMethod(verb), path) { Content = HttpWords.Json(body) }
            );
            Assert.That(
                (int)response.StatusCode,
                Is.EqualTo(verb == "DELETE" && response.StatusCode == HttpStatusCode.NotFound ? 404 : status)
            );
        }
    }

    [TestCase("PUT", """{"name":"ROLE","rules":[{"permissions":["jobs:*"]}]}""", 403)]
    [TestCase("PUT", """{"name":"ROLE","rules":[{"permissions":["jobs:*"]}],"addresses":["127.0.0.1"]}""", 403)]
    [TestCase("POST", """{"name":"another","rules":[{"permissions":["jobs:read"]}]}""", 201)]
    public async Task A_role_that_others_have_is_not_changed_by_a_key_that_ends(string verb, string body, int status)
    {
        var role = _host.AddRole(new RoleRule { Permissions = ["jobs:read"] });
        using var client = Bound("*", until: End);
        using var response = await client.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), verb == "PUT" ? $"/api/roles/{role}" : "/api/roles")
            {
                Content = HttpWords.Json(body.Replace("ROLE", role, StringComparison.Ordinal)),
            }
        );
        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
    }

    [TestCase("POST", "/api/users", """{"userName":"eve","requestsPerMinute":21}""", 403)]
    [TestCase("POST", "/api/users", """{"userName":"eve"}""", 201)]
    [TestCase("PATCH", "/api/users/target", """{"requestsPerMinute":21}""", 403)]
    [TestCase("PATCH", "/api/users/target", """{"requestsPerMinute":20}""", 200)]
    public async Task Nobody_lets_a_user_make_more_requests_than_they_may(
        string verb,
        string path,
        string body,
        int status
    )
    {
        _host.AddUser("target");
        using var client = Bound("*", rate: 20);
        using var response = await client.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), path) { Content = HttpWords.Json(body) }
        );
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        if (status == 201)
        {
            Assert.That(_host.UserNamed("eve").RequestsPerMinute, Is.EqualTo(20));
        }
    }

    [TestCase(null, 403)]
    [TestCase("0.0.0.0/0", 403)]
    [TestCase("127.0.0.0/16", 201)]
    public async Task A_role_that_holds_at_some_addresses_hands_out_nothing_beyond_them(string? address, int status)
    {
        using var made = await _host.Admin.PostTextAsync(
            "/api/roles",
            """{"name":"at-home","rules":[{"permissions":["keys:manage","jobs:read"]}],"addresses":["127.0.0.0/8"]}"""
        );
        Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var reader = _host.AddRole(new RoleRule { Permissions = ["jobs:read"] });
        using var client = _host.ClientOf(_host.AddUser($"u{Guid.NewGuid():N}", new RoleGrant("at-home", "default")));
        var addresses = address is null ? "" : $",\"addresses\":[\"{address}\"]";
        using var response = await client.PostTextAsync(
            Keys,
            $$"""{"kind":"service","name":"x","roles":["{{reader}}"]{{addresses}}}"""
        );
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        // The role itself is bound to addresses, wherever the key may be used.
        using var same = await client.PostTextAsync(Keys, """{"kind":"service","name":"x","roles":["at-home"]}""");
        Assert.That(same.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }
}
