using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class HandlersAndKeysTests
{
    private const string Handlers = "/api/namespaces/default/handlers";
    private const string Keys = "/api/namespaces/default/keys";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Handlers_and_methods_are_listed()
    {
        var page = await (await _host.Admin.GetAsync($"{Handlers}?limit=1")).BodyAsync();
        Assert.That(page.GetProperty("items")[0].GetProperty("name").GetString(), Is.EqualTo("office-7"));
        Assert.That(page.GetProperty("nextCursor").GetString(), Is.EqualTo("office-7"));
        var one = await (await _host.Admin.GetAsync($"{Handlers}/office-8")).BodyAsync();
        Assert.That(one.GetProperty("online").GetBoolean(), Is.True);
        var methods = await (await _host.Admin.GetAsync("/api/namespaces/default/methods")).BodyAsync();
        Assert.That(methods.GetProperty("items")[0].GetProperty("handlers")[0].GetString(), Is.EqualTo("office-7"));
    }

    [TestCase("POST", "/drain", typeof(BrokerInput.DrainHandler))]
    [TestCase("POST", "/resume", typeof(BrokerInput.DrainHandler))]
    [TestCase("POST", "/disconnect", typeof(BrokerInput.DisconnectHandler))]
    [TestCase("DELETE", "", typeof(BrokerInput.DeleteHandler))]
    public async Task A_handler_is_acted_on(string verb, string part, Type input)
    {
        using var done = await _host.Admin.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), $"{Handlers}/office-7{part}")
        );
        Assert.That(done.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(_host.Broker.Inputs.Single(), Is.InstanceOf(input));
        if (_host.Broker.Inputs.Single() is BrokerInput.DrainHandler drain)
        {
            Assert.That(drain.Drained, Is.EqualTo(part == "/drain"));
        }

        using var none = await _host.Admin.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), $"{Handlers}/none{part}")
        );
        Assert.That((await none.ProblemAsync()).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task An_unknown_handler_is_not_found()
    {
        using var response = await _host.Admin.GetAsync($"{Handlers}/none");
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task A_key_is_shown_once_works_and_is_revoked()
    {
        using var response = await _host.Admin.PostTextAsync(
            Keys,
            """{"kind":"service","name":"ci","roles":["operator"]}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        Assert.That(ApiKey.TryParse(body.GetProperty("key").GetString(), out var key), Is.True);
        var listed = await (await _host.Admin.GetAsync(Keys)).Content.ReadAsStringAsync();
        Assert.That(listed, Does.Contain(key!.Id).And.Not.Contain(key.Reveal()).And.Not.Contain("secretHash"));

        using var client = _host.Client(key);
        using var before = await client.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        Assert.That(before.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var revoked = await _host.Admin.DeleteAsync($"{Keys}/{key.Id}");
        Assert.That(revoked.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        using var after = await client.GetAsync(ApiHost.Jobs);
        Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_handlers_key_is_bound_to_its_namespace_and_patterns()
    {
        using var response = await _host.Admin.PostTextAsync(
            "/api/namespaces/tenant-a/keys",
            """{"kind":"handler","handler":"office-7","methods":["reports.*"],"groups":["emea"],"expiresAt":"2027-01-01T00:00:00Z"}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var record = _host.Broker.Inputs.OfType<BrokerInput.CreateKey>().Single().Key;
        Assert.That(
            (record.Namespace, record.Handler, record.Methods!.Single(), record.Groups!.Single()),
            Is.EqualTo(("tenant-a", "office-7", "reports.*", "emea"))
        );
        Assert.That(record.CreatedBy, Is.EqualTo($"key:{_host.AdminKey.Id}"));
    }

    [Test]
    public async Task A_bridges_key_holds_everywhere_and_only_such_a_caller_makes_one()
    {
        const string Body = """{"kind":"bridge","name":"edge"}""";
        using var response = await _host.Admin.PostTextAsync(Keys, Body);
        Assert.That((await response.BodyAsync()).GetProperty("namespace").GetString(), Is.EqualTo("*"));
        using var tenant = _host.Client(_host.AddKey(Roles.Admin, "default"));
        using var refused = await tenant.PostTextAsync(Keys, Body);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_tenants_admin_neither_sees_nor_revokes_keys_that_hold_everywhere()
    {
        using var tenant = _host.Client(_host.AddKey(Roles.Admin, "default"));
        Assert.That(
            await (await tenant.GetAsync(Keys)).Content.ReadAsStringAsync(),
            Does.Not.Contain(_host.AdminKey.Id)
        );
        using var revoke = await tenant.DeleteAsync($"{Keys}/{_host.AdminKey.Id}");
        Assert.That(revoke.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        using var star = await tenant.GetAsync("/api/namespaces/*/keys");
        Assert.That(star.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(
            await (await _host.Admin.GetAsync(Keys)).Content.ReadAsStringAsync(),
            Does.Contain(_host.AdminKey.Id)
        );
    }

    [Test]
    public async Task A_key_for_everywhere_is_made_under_the_star()
    {
        using var response = await _host.Admin.PostTextAsync(
            "/api/namespaces/*/keys",
            """{"kind":"service","name":"ops","roles":["admin"]}"""
        );
        Assert.That((await response.BodyAsync()).GetProperty("namespace").GetString(), Is.EqualTo("*"));
        using var handler = await _host.Admin.PostTextAsync(
            "/api/namespaces/*/keys",
            """{"kind":"handler","handler":"h"}"""
        );
        Assert.That((await handler.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "kind" }));
        using var jobs = await _host.Admin.GetAsync("/api/namespaces/*/jobs");
        Assert.That(jobs.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("""{"name":"x","roles":["admin"]}""", "kind")]
    [TestCase("""{"kind":"user","name":"x","roles":["admin"]}""", "kind")]
    [TestCase("""{"kind":"service","roles":["admin"]}""", "name")]
    [TestCase("""{"kind":"service","name":"x"}""", "roles")]
    [TestCase("""{"kind":"service","name":"x","roles":["root"]}""", "roles[0]")]
    [TestCase("""{"kind":"service","name":"x","roles":["viewer",null]}""", "roles[1]")]
    [TestCase("""{"kind":"service","name":"x","roles":["admin"],"methods":["*"]}""", "methods")]
    [TestCase("""{"kind":"service","name":"x","roles":["admin"],"handler":"h"}""", "handler")]
    [TestCase("""{"kind":"service","name":"x","roles":["admin"],"requestsPerMinute":0}""", "requestsPerMinute")]
    [TestCase("""{"kind":"handler","handler":"h","requestsPerMinute":5}""", "requestsPerMinute")]
    [TestCase("""{"kind":"service","name":"x","roles":["admin"],"addresses":[]}""", "addresses")]
    [TestCase("""{"kind":"service","name":"x","roles":["admin"],"addresses":["10.0.0.1/8"]}""", "addresses[0]")]
    [TestCase("""{"kind":"handler","handler":"h","addresses":["10.0.0.0/8",null]}""", "addresses[1]")]
    [TestCase("""{"kind":"bridge","name":"x","addresses":["10.0.0.0/8"]}""", "addresses")]
    [TestCase("""{"kind":"handler"}""", "handler")]
    [TestCase("""{"kind":"handler","handler":"a b"}""", "handler")]
    [TestCase("""{"kind":"handler","handler":"h","roles":["admin"]}""", "roles")]
    [TestCase("""{"kind":"handler","handler":"h","methods":["ok","a b"]}""", "methods[1]")]
    [TestCase("""{"kind":"handler","handler":"h","groups":[null]}""", "groups[0]")]
    [TestCase("""{"kind":"handler","handler":"h","expiresAt":"2026-10-01T12:00:00Z"}""", "expiresAt")]
    [TestCase("""{"kind":"bridge"}""", "name")]
    public async Task A_bad_key_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync(Keys, body);
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { path }));
    }

    [Test]
    public async Task Stats_are_cores_sums_and_the_hosts_own()
    {
        var body = await (await _host.Admin.GetAsync("/api/stats")).BodyAsync();
        Assert.That(
            (
                body.GetProperty("version").GetString(),
                body.GetProperty("ready").GetInt32(),
                body.GetProperty("commits").GetInt32()
            ),
            Is.EqualTo(("1.2.3", 2, 5))
        );
    }

    [Test]
    public async Task Health_is_open_and_says_one_word()
    {
        using var client = _host.Client(null);
        Assert.That(await client.GetStringAsync("/health/live"), Is.EqualTo("""{"status":"live"}"""));
        Assert.That(await client.GetStringAsync("/health/ready"), Is.EqualTo("""{"status":"ready"}"""));
        _host.IsReady = false;
        using var response = await client.GetAsync("/health/ready");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("""{"status":"starting"}"""));
    }

    [Test]
    public async Task A_rotated_key_opens_what_the_old_one_did_under_the_same_name()
    {
        var old = _host.AddKey(Roles.Admin, "default");
        using var response = await _host.Admin.PostAsync($"{Keys}/{old.Id}/rotate", null);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("account").GetString(), Is.EqualTo(old.Id));
        Assert.That(
            _host.Broker.Inputs.OfType<BrokerInput.RotateKey>().Single().Overlap,
            Is.EqualTo(TimeSpan.FromHours(24))
        );

        using var client = _host.ClientWith(body.GetProperty("key").GetString());
        using var job = await client.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        Assert.That((await job.BodyAsync()).GetProperty("createdBy").GetString(), Is.EqualTo($"key:{old.Id}"));
    }

    [TestCase("""{"overlap":"P8D"}""")]
    [TestCase("""{"overlap":"-PT1S"}""")]
    [TestCase("""{"overlap":24}""")]
    public async Task An_overlap_has_its_bounds(string body)
    {
        var old = _host.AddKey(Roles.Viewer, "default");
        using var response = await _host.Admin.PostTextAsync($"{Keys}/{old.Id}/rotate", body);
        Assert.That((await response.ProblemAsync()).Errors!.Keys.Single(), Is.EqualTo("overlap"));
        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.RotateKey>(), Is.Empty);
    }

    [TestCase(Roles.Admin, "default", 403)]
    [TestCase(Roles.Admin, "*", 404)]
    [TestCase(null, "default", 201)]
    public async Task Nobody_gets_by_rotation_what_they_do_not_have(string? role, string ns, int status)
    {
        var keyMaker = _host.AddRole(new RoleRule { Permissions = ["keys:manage"] });
        using var client = _host.ClientOf(_host.AddUser("key-maker", new RoleGrant(keyMaker, "default")));
        var old = _host.AddKey(role, ns, role is null ? KeyKind.Handler : KeyKind.Service);
        using var response = await client.PostAsync($"{Keys}/{old.Id}/rotate", null);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.RotateKey>().Any(), Is.EqualTo(status == 201));
    }

    [Test]
    public async Task A_key_that_is_none_is_not_rotated()
    {
        using var response = await _host.Admin.PostAsync($"{Keys}/0123456789ab/rotate", null);
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task A_handlers_key_is_changed_in_the_parts_that_are_given()
    {
        var key = _host.AddKey(null, "default", KeyKind.Handler);
        using var response = await _host.Admin.PatchAsync(
            $"{Keys}/{key.Id}",
            HttpWords.Json("""{"methods":["reports.*"],"maxCapacity":3}""")
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await response.BodyAsync()).GetProperty("methods")[0].GetString(), Is.EqualTo("reports.*"));
        var asked = _host.Broker.Inputs.OfType<BrokerInput.ChangeKey>().Single();
        Assert.That(
            (asked.Namespace, asked.Id, asked.Groups, asked.Addresses, asked.MaxCapacity),
            Is.EqualTo(("default", key.Id, (string[]?)null, (string[]?)null, (int?)3))
        );
    }

    [TestCase("""{"methods":["a b"]}""", "methods[0]")]
    [TestCase("""{"groups":[""]}""", "groups[0]")]
    [TestCase("""{"addresses":[]}""", "addresses")]
    [TestCase("""{"addresses":["10.0.0.0/33"]}""", "addresses[0]")]
    [TestCase("""{"maxCapacity":0}""", "maxCapacity")]
    [TestCase("null", "$")]
    public async Task A_bad_change_is_refused_by_the_path_of_its_field(string body, string path)
    {
        var key = _host.AddKey(null, "default", KeyKind.Handler);
        using var response = await _host.Admin.PatchAsync($"{Keys}/{key.Id}", HttpWords.Json(body));
        Assert.That((await response.ProblemAsync()).Errors!.Keys.Single(), Is.EqualTo(path));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }
}
