using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class NamespacesApiTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_namespace_is_made_used_changed_and_deleted()
    {
        using var before = await _host.Admin.PostTextAsync("/api/namespaces/shop/jobs", """{"method":"a"}""");
        Assert.That((await before.ProblemAsync()).Detail, Is.EqualTo("There is no such namespace."));
        using var made = await _host.Admin.PostTextAsync(
            "/api/namespaces",
            """{"name":"shop","description":"The shop's","limits":{"waitingJobs":100}}"""
        );
        Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(made.Headers.Location?.ToString(), Is.EqualTo("/api/namespaces/shop"));
        Assert.That((await made.BodyAsync()).GetProperty("usage").GetProperty("waitingJobs").GetInt32(), Is.EqualTo(1));
        using var used = await _host.Admin.PostTextAsync("/api/namespaces/shop/jobs", """{"method":"a"}""");
        Assert.That(used.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var patched = await _host.Admin.PatchAsync(
            "/api/namespaces/shop",
            HttpWords.Json("""{"limits":{"runningJobs":3}}""")
        );
        var limits = (await patched.BodyAsync()).GetProperty("limits");
        Assert.That(limits.GetProperty("runningJobs").GetInt32(), Is.EqualTo(3));
        Assert.That(limits.TryGetProperty("waitingJobs", out _), Is.False, "limits are replaced whole");
        Assert.That(
            (await _host.Admin.DeleteAsync("/api/namespaces/shop")).StatusCode,
            Is.EqualTo(HttpStatusCode.BadRequest),
            "a delete needs a confirmation"
        );
        Assert.That(
            (await _host.Admin.DeleteAsync("/api/namespaces/shop?confirm=shop")).StatusCode,
            Is.EqualTo(HttpStatusCode.Accepted)
        );
        Assert.That(
            (await _host.Admin.GetAsync("/api/namespaces/shop")).StatusCode,
            Is.EqualTo(HttpStatusCode.NotFound)
        );
        using var again = await _host.Admin.PostTextAsync("/api/namespaces", """{"name":"shop"}""");
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Conflict), "the store has not deleted everything yet");
    }

    [Test]
    public async Task Handlers_that_must_seal_are_set_replaced_and_taken_away()
    {
        async Task<string?> SetAsync(string body)
        {
            using var patched = await _host.Admin.PatchAsync("/api/namespaces/tenant-a", HttpWords.Json(body));
            Assert.That(patched.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            using var shown = await _host.Admin.GetAsync("/api/namespaces/tenant-a");
            return (await shown.BodyAsync()).TryGetProperty("sealed", out var patterns) ? patterns.ToString() : null;
        }

        Assert.That(await SetAsync("""{"sealed":["*"]}"""), Is.EqualTo("""["*"]"""));
        Assert.That(await SetAsync("""{"description":"d"}"""), Is.EqualTo("""["*"]"""), "It stays.");
        Assert.That(await SetAsync("""{"sealed":["a","b-*"]}"""), Is.EqualTo("""["a","b-*"]"""));
        Assert.That(await SetAsync("""{"sealed":[]}"""), Is.Null);
    }

    [TestCase("/api/namespaces/tenant-a")]
    [TestCase("/api/namespaces?limit=1")]
    public async Task Whoever_reads_a_namespace_sees_how_long_its_records_are_stored(string path)
    {
        using var client = _host.Client(_host.AddKey(Roles.Viewer, "tenant-a"));
        var body = await (await client.GetAsync(path)).BodyAsync();
        var ns = body.TryGetProperty("items", out var items) ? items[0] : body;
        Assert.That(
            ns.GetProperty("retention").GetRawText(),
            Is.EqualTo("""{"finishedJobs":"P7D","auditEvents":"P90D"}""")
        );
    }

    [Test]
    public async Task A_namespace_has_no_retention_of_its_own()
    {
        using var patched = await _host.Admin.PatchAsync(
            "/api/namespaces/tenant-a",
            HttpWords.Json("""{"retention":{"finishedJobs":"P1D"}}""")
        );
        Assert.That((await patched.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "retention" }));
    }

    [TestCase("""{"sealed":["no name"]}""")]
    [TestCase("""{"sealed":[""]}""")]
    [TestCase("""{"sealed":[null]}""")]
    [TestCase("""{"sealed":"*"}""")]
    public async Task Handlers_that_must_seal_are_names_or_patterns(string body)
    {
        using var patched = await _host.Admin.PatchAsync("/api/namespaces/tenant-a", HttpWords.Json(body));
        Assert.That(patched.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task So_many_patterns_of_handlers_that_must_seal_and_no_more()
    {
        var many = string.Join(',', Enumerable.Range(0, Limits.SealedPatternsMax + 1).Select(i => $"\"h{i}\""));
        using var made = await _host.Admin.PostTextAsync(
            "/api/namespaces",
            $$"""{"name":"crowded","sealed":[{{many}}]}"""
        );
        Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await made.ProblemAsync()).Errors!.Keys, Has.Member("sealed"));
    }

    [Test]
    public async Task Methods_and_handlers_have_limits_of_their_own()
    {
        const string Body =
            """{"limits":{"perMethod":{"Mail.Send":{"runningJobs":5,"rate":{"limit":100,"period":"PT1M"}}},"perHandler":{"office-7":{"runningJobs":2}}}}""";
        using var patched = await _host.Admin.PatchAsync("/api/namespaces/tenant-a", HttpWords.Json(Body));
        Assert.That(patched.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var limits = (await (await _host.Admin.GetAsync("/api/namespaces/tenant-a")).BodyAsync()).GetProperty("limits");
        Assert.That(
            limits
                .GetProperty("perMethod")
                .GetProperty("Mail.Send")
                .GetProperty("rate")
                .GetProperty("period")
                .GetString(),
            Is.EqualTo("PT1M")
        );
        Assert.That(
            limits.GetProperty("perHandler").GetProperty("office-7").GetProperty("runningJobs").GetInt32(),
            Is.EqualTo(2)
        );
    }

    [Test]
    public async Task Everybody_sees_the_namespaces_in_which_they_have_a_role()
    {
        using var tenant = _host.ClientOf(_host.AddUser("ana", new RoleGrant(Roles.Viewer, "tenant-b")));
        var list = (await (await tenant.GetAsync("/api/namespaces")).BodyAsync()).GetProperty("items");
        Assert.That(
            list.EnumerateArray().Select(item => item.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "tenant-b" })
        );
        var all = (await (await _host.Admin.GetAsync("/api/namespaces")).BodyAsync()).GetProperty("items");
        Assert.That(all.GetArrayLength(), Is.EqualTo(3));
    }

    [TestCase("PATCH", "/api/namespaces/tenant-a", "{}")]
    [TestCase("DELETE", "/api/namespaces/tenant-a?confirm=tenant-a", "{}")]
    [TestCase("POST", "/api/namespaces", """{"name":"more"}""")]
    public async Task The_admin_of_a_tenant_does_not_raise_its_limits_nor_delete_it(
        string verb,
        string path,
        string body
    )
    {
        using var admin = _host.ClientOf(_host.AddUser("ana", new RoleGrant(Roles.Admin, "tenant-a")));
        using var response = await admin.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), path) { Content = HttpWords.Json(body) }
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase("10.0.0.0/8", HttpStatusCode.NotFound)]
    [TestCase("127.0.0.0/8", HttpStatusCode.OK)]
    public async Task A_namespace_that_is_bound_to_addresses_is_not_there_elsewhere(
        string range,
        HttpStatusCode expected
    )
    {
        using var patched = await _host.Admin.PatchAsync(
            "/api/namespaces/tenant-a",
            HttpWords.Json($$"""{"addresses":["{{range}}"]}""")
        );
        Assert.That(patched.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _host.Admin.GetAsync("/api/namespaces/tenant-a/jobs")).StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task All_callers_of_a_namespace_share_its_requests_and_strangers_use_up_none()
    {
        using var patched = await _host.Admin.PatchAsync(
            "/api/namespaces/tenant-a",
            HttpWords.Json("""{"limits":{"requestsPerMinute":3}}""")
        );
        Assert.That(patched.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var stranger = _host.Client(_host.AddKey(Roles.Admin, "tenant-b"));
        using var ana = _host.ClientOf(_host.AddUser("ana", new RoleGrant(Roles.Viewer, "tenant-a")));
        using var ben = _host.ClientOf(_host.AddUser("ben", new RoleGrant(Roles.Viewer, "tenant-a")));
        for (var i = 0; i < 5; i++)
        {
            Assert.That(
                (await stranger.GetAsync("/api/namespaces/tenant-a/jobs")).StatusCode,
                Is.EqualTo(HttpStatusCode.NotFound)
            );
        }

        var statuses = new List<HttpStatusCode>();
        foreach (var client in new[] { ana, ben, ana, ben })
        {
            statuses.Add((await client.GetAsync("/api/namespaces/tenant-a/jobs")).StatusCode);
        }

        Assert.That(
            statuses,
            Is.EqualTo(
                new[] { HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests }
            )
        );
        Assert.That(
            (await _host.Admin.GetAsync(ApiHost.Jobs)).StatusCode,
            Is.EqualTo(HttpStatusCode.OK),
            "other namespaces have counts of their own"
        );
    }

    [TestCase(ApiHost.Jobs, """{"method":"a"}""")]
    [TestCase(ApiHost.Jobs + "/batch", """{"jobs":[{"method":"a"}]}""")]
    public async Task A_full_namespace_says_when_to_come_again(string path, string body)
    {
        _host.Broker.Override = input =>
            input is BrokerInput.Enqueue ? new Answer.Refused(ErrorCodes.RateLimited, "The namespace is full.") : null;
        using var response = await _host.Admin.PostTextAsync(path, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(response.Headers.RetryAfter?.Delta, Is.Not.Null);
    }

    [TestCase("""{"name":"Shop"}""", "name")]
    [TestCase("""{"name":"*"}""", "name")]
    [TestCase("""{"name":"a","limits":{"waitingJobs":0}}""", "limits.waitingJobs")]
    [TestCase("""{"name":"a","limits":{"perMethod":{"no/slash":{}}}}""", "limits.perMethod.no/slash")]
    [TestCase("""{"name":"a","limits":{"perMethod":{"m":null}}}""", "limits.perMethod.m")]
    [TestCase(
        """{"name":"a","limits":{"perMethod":{"mail.send":{"runningJobs":0}}}}""",
        "limits.perMethod.mail.send.runningJobs"
    )]
    [TestCase(
        """{"name":"a","limits":{"perHandler":{"h":{"rate":{"limit":0,"period":"PT1S"}}}}}""",
        "limits.perHandler.h.rate.limit"
    )]
    [TestCase(
        """{"name":"a","limits":{"perHandler":{"h":{"rate":{"limit":1,"period":"PT0.5S"}}}}}""",
        "limits.perHandler.h.rate.period"
    )]
    [TestCase("""{"name":"a","addresses":["x"]}""", "addresses[0]")]
    public async Task A_bad_namespace_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync("/api/namespaces", body);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { path }));
    }
}
