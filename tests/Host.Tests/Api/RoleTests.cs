using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Custom roles: names, ownership, and the rule that nobody grants what they do not have.</summary>
[Parallelizable]
public sealed class RoleTests
{
    private const string Schedule =
        """{"name":"NAME","trigger":{"kind":"interval","every":"PT1H"},"job":{"method":"METHOD"}}""";

    private ApiHost _host = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private HttpClient ClientWith(params RoleRule[] rules) =>
        _host.ClientOf(_host.AddUser($"u{Guid.NewGuid():N}", new RoleGrant(_host.AddRole(rules), "default")));

    private static RoleRule Rule(string permission, params string[] names) =>
        new() { Permissions = [permission], Names = names.Length == 0 ? null : names };

    [Test]
    public async Task Jobs_are_open_by_their_method()
    {
        using var client = ClientWith(Rule("jobs:*", "reports.*"));
        using var submitted = await client.PostTextAsync(ApiHost.Jobs, """{"method":"reports.render"}""");
        Assert.That(submitted.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var refused = await client.PostTextAsync(ApiHost.Jobs, """{"method":"admin.wipe"}""");
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        var batch = await (
            await client.PostTextAsync(
                $"{ApiHost.Jobs}/batch",
                """{"jobs":[{"method":"admin.wipe"},{"method":"reports.send"}]}"""
            )
        ).BodyAsync();
        Assert.That(
            batch.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("status").GetInt32()),
            Is.EqualTo(new[] { 403, 201 })
        );
    }

    [TestCase("GET", "")]
    [TestCase("GET", "/attempts")]
    [TestCase("GET", "/chain")]
    [TestCase("GET", "/logs")]
    [TestCase("POST", "/cancel")]
    [TestCase("POST", "/retry")]
    [TestCase("POST", "/replay")]
    public async Task A_job_of_another_method_looks_as_if_it_were_not_there(string verb, string act)
    {
        using var client = ClientWith(Rule("jobs:*", "reports.*"));
        var other = AddJob("admin.wipe", JobState.Succeeded);
        using var response = await client.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), $"{ApiHost.Jobs}/{other}{act}")
        );
        using var missing = await client.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), $"{ApiHost.Jobs}/{new JobId(Guid.NewGuid())}{act}")
        );
        var (problem, nothing) = (await response.ProblemAsync(), await missing.ProblemAsync());
        Assert.That(
            (problem.Status, problem.Code, problem.Detail),
            Is.EqualTo((nothing.Status, nothing.Code, nothing.Detail))
        );
        Assert.That(problem.Status, Is.EqualTo(404));
    }

    [Test]
    public async Task Lists_of_jobs_are_asked_for_within_the_methods_alone()
    {
        using var client = ClientWith(Rule("jobs:read", "reports.*", "mail.*"));
        using var response = await client.GetAsync(ApiHost.Jobs);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_host.Broker.LastJobSearch!.Methods, Is.EqualTo(new[] { "reports.*", "mail.*" }));
    }

    [TestCase("/api/namespaces/default/events")]
    [TestCase("/api/namespaces/default/executions")]
    [TestCase("/api/namespaces/default/executions/export")]
    [TestCase("/api/namespaces/default/executions/stats")]
    [TestCase("/api/namespaces/default/methods")]
    [TestCase("/api/namespaces/default/methods/reports.render")]
    public async Task What_has_no_name_is_closed_to_roles_that_are_limited_to_names(string path)
    {
        using var client = ClientWith(Rule("*", "reports.*"));
        using var response = await client.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Schedules_are_open_by_their_name_and_run_only_what_their_maker_may_run()
    {
        using var client = ClientWith(Rule("schedules:*", "shop-*"), Rule("jobs:run", "reports.*"));
        Assert.That(await CreateAsync(client, "shop-1", "reports.render"), Is.EqualTo(HttpStatusCode.Created));
        Assert.That(
            await CreateAsync(client, "other-1", "reports.render"),
            Is.EqualTo(HttpStatusCode.Forbidden),
            "a name that the role does not allow"
        );
        Assert.That(
            await CreateAsync(client, "shop-2", "admin.wipe"),
            Is.EqualTo(HttpStatusCode.Forbidden),
            "a method that the role does not allow"
        );
        Assert.That(await CreateAsync(_host.Admin, "hidden-1", "a"), Is.EqualTo(HttpStatusCode.Created));
        var list = await (await client.GetAsync(ApiHost.Schedules)).BodyAsync();
        Assert.That(
            list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "shop-1" })
        );
        Assert.That(
            (await client.GetAsync($"{ApiHost.Schedules}/hidden-1")).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden)
        );
        Assert.That(
            (await client.GetAsync($"{ApiHost.Schedules}/hidden-nothing")).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden),
            "the answer is the same for a schedule that does not exist"
        );
    }

    [Test]
    public async Task A_schedule_is_changed_by_its_owner_and_by_those_who_may_change_any()
    {
        using var owner = ClientWith(Rule("schedules:write"), Rule("jobs:run"));
        using var other = ClientWith(Rule("schedules:write"), Rule("jobs:run"));
        using var any = ClientWith(Rule("schedules:write"), Rule("schedules:write-any"), Rule("jobs:run"));
        Assert.That(await CreateAsync(owner, "owned", "a"), Is.EqualTo(HttpStatusCode.Created));
        foreach (var (client, may) in new[] { (other, false), (owner, true), (any, true), (_host.Admin, true) })
        {
            using var put = await client.PutTextAsync(
                $"{ApiHost.Schedules}/owned",
                Schedule.Replace("NAME", "owned").Replace("METHOD", "a")
            );
            using var paused = await client.PostTextAsync($"{ApiHost.Schedules}/owned/pause", "{}");
            using var resumed = await client.PostAsync($"{ApiHost.Schedules}/owned/resume", null);
            Assert.That(
                new[] { put.IsSuccessStatusCode, paused.IsSuccessStatusCode, resumed.IsSuccessStatusCode },
                Is.All.EqualTo(may)
            );
        }

        Assert.That(
            (await other.DeleteAsync($"{ApiHost.Schedules}/owned")).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden)
        );
        Assert.That(
            (await owner.DeleteAsync($"{ApiHost.Schedules}/owned")).StatusCode,
            Is.EqualTo(HttpStatusCode.NoContent)
        );
    }

    [Test]
    public async Task An_operator_pauses_anybodys_schedule_and_changes_none()
    {
        Assert.That(await CreateAsync(_host.Admin, "noisy", "a"), Is.EqualTo(HttpStatusCode.Created));
        using var operators = _host.Client(_host.AddKey(Roles.Operator, "default"));
        using var own = ClientWith(Rule("schedules:pause"));
        foreach (var client in new[] { operators, own })
        {
            foreach (var act in new[] { "pause", "resume" })
            {
                using var done = await client.PostAsync($"{ApiHost.Schedules}/noisy/{act}", null);
                Assert.That(done.StatusCode, Is.EqualTo(HttpStatusCode.OK), act);
            }

            using var put = await client.PutTextAsync(
                $"{ApiHost.Schedules}/noisy",
                Schedule.Replace("NAME", "noisy").Replace("METHOD", "a")
            );
            Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        }

        using var elsewhere = ClientWith(Rule("schedules:pause", "shop-*"));
        using var refused = await elsewhere.PostAsync($"{ApiHost.Schedules}/noisy/pause", null);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task An_admin_of_a_namespace_makes_another_and_rotates_their_own_key()
    {
        var key = _host.AddKey(Roles.Admin, "default");
        using var admin = _host.Client(key);
        using var another = await admin.PostTextAsync(
            "/api/namespaces/default/keys",
            """{"kind":"service","name":"second","roles":["admin"]}"""
        );
        Assert.That(another.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var rotated = await admin.PostAsync($"/api/namespaces/default/keys/{key.Id}/rotate", null);
        Assert.That(rotated.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var everywhere = await admin.PostTextAsync(
            "/api/namespaces/*/keys",
            """{"kind":"service","name":"third","roles":["admin"]}"""
        );
        Assert.That(everywhere.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_refusal_says_the_same_of_what_is_there_and_what_is_not()
    {
        using var client = ClientWith(
            Rule("schedules:read", "shop-*"),
            Rule("schedules:write", "shop-*"),
            Rule("jobs:run", "reports.*")
        );
        Assert.That(await CreateAsync(_host.Admin, "private", "a"), Is.EqualTo(HttpStatusCode.Created));
        using var there = await client.GetAsync($"{ApiHost.Schedules}/private");
        using var nowhere = await client.GetAsync($"{ApiHost.Schedules}/nowhere");
        var (one, other) = ((await there.ProblemAsync()).Detail!, (await nowhere.ProblemAsync()).Detail!);
        Assert.That(one.Replace("private", "nowhere", StringComparison.Ordinal), Is.EqualTo(other));
        Assert.That(one, Does.Contain("schedules:read"));
        foreach (
            var (path, body, permission) in new[]
            {
                (ApiHost.Jobs, """{"method":"admin.wipe"}""", "jobs:run"),
                (
                    ApiHost.Schedules,
                    Schedule.Replace("NAME", "other").Replace("METHOD", "reports.x"),
                    "schedules:write"
                ),
                (ApiHost.Schedules, Schedule.Replace("NAME", "shop-9").Replace("METHOD", "admin.wipe"), "jobs:run"),
            }
        )
        {
            using var refused = await client.PostTextAsync(path, body);
            Assert.That((await refused.ProblemAsync()).Detail, Does.Contain(permission), path);
        }
    }

    [Test]
    public async Task A_schedule_is_given_to_another_who_then_owns_it()
    {
        using var maker = ClientWith(Rule("schedules:read"), Rule("schedules:write"), Rule("jobs:run"));
        Assert.That(await CreateAsync(maker, "given", "a"), Is.EqualTo(HttpStatusCode.Created));
        var body = Schedule.Replace("NAME", "given").Replace("METHOD", "a");
        string Owned(string owner) => body.Insert(1, $"\"owner\":\"{owner}\",");
        foreach (var senseless in new[] { "heir", "user:", "role:heir", "user:h eir", "user:" + new string('x', 200) })
        {
            using var refused = await maker.PutTextAsync($"{ApiHost.Schedules}/given", Owned(senseless));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), senseless);
        }

        using var kept = await maker.PutTextAsync($"{ApiHost.Schedules}/given", body);
        var before = await kept.BodyAsync();
        Assert.That(before.GetProperty("owner").GetString(), Is.EqualTo(before.GetProperty("createdBy").GetString()));
        using var given = await maker.PutTextAsync($"{ApiHost.Schedules}/given", Owned("user:heir"));
        Assert.That((await given.BodyAsync()).GetProperty("owner").GetString(), Is.EqualTo("user:heir"));
        using var lost = await maker.PutTextAsync($"{ApiHost.Schedules}/given", body);
        Assert.That(lost.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        using var mended = await _host.Admin.PutTextAsync($"{ApiHost.Schedules}/given", body);
        Assert.That(
            (await mended.BodyAsync()).GetProperty("owner").GetString(),
            Is.EqualTo("user:heir"),
            "the owner stays, whoever saves the schedule"
        );
        foreach (var (owner, action) in new[] { ("user:heir", "unchanged"), ("user:other", "changed") })
        {
            using var planned = await _host.Admin.PostTextAsync(
                $"{ApiHost.Schedules}/apply",
                $"{{\"dryRun\":true,\"schedules\":[{Owned(owner)}]}}"
            );
            Assert.That(
                (await planned.BodyAsync()).GetProperty("items")[0].GetProperty("action").GetString(),
                Is.EqualTo(action)
            );
        }
    }

    [Test]
    public async Task A_role_that_is_bound_to_addresses_is_worth_nothing_elsewhere()
    {
        foreach (
            var (range, expected) in new[]
            {
                ("127.0.0.0/8", HttpStatusCode.OK),
                ("10.0.0.0/8", HttpStatusCode.Forbidden),
            }
        )
        {
            var name = $"here-{range[0]}{range[1]}";
            using var made = await _host.Admin.PostTextAsync(
                "/api/roles",
                $$"""{"name":"{{name}}","rules":[{"permissions":["jobs:read"]}],"addresses":["{{range}}"]}"""
            );
            Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.Created));
            using var client = _host.ClientOf(_host.AddUser($"u{Guid.NewGuid():N}", new RoleGrant(name, "default")));
            Assert.That((await client.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(expected), range);
        }
    }

    [Test]
    public async Task A_change_of_a_role_holds_at_once_for_everybody_who_has_it()
    {
        using var made = await _host.Admin.PostTextAsync(
            "/api/roles",
            """{"name":"moving","rules":[{"permissions":["jobs:read"]}]}"""
        );
        using var client = _host.ClientOf(_host.AddUser("mover", new RoleGrant("moving", "default")));
        Assert.That((await client.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var changed = await _host.Admin.PutTextAsync(
            "/api/roles/moving",
            """{"name":"moving","rules":[{"permissions":["handlers:read"]}]}""",
            made.Headers.ETag!.Tag
        );
        Assert.That(changed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await client.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        using var stale = await _host.Admin.PutTextAsync(
            "/api/roles/moving",
            """{"name":"moving","rules":[{"permissions":["*"]}]}""",
            made.Headers.ETag!.Tag
        );
        Assert.That(stale.StatusCode, Is.EqualTo(HttpStatusCode.PreconditionFailed));
        Assert.That(
            (await _host.Admin.DeleteAsync("/api/roles/moving")).StatusCode,
            Is.EqualTo(HttpStatusCode.Conflict),
            "a user has the role"
        );
        Assert.That(
            (await _host.Admin.DeleteAsync("/api/users/mover")).StatusCode,
            Is.EqualTo(HttpStatusCode.NoContent)
        );
        Assert.That(
            (await _host.Admin.DeleteAsync("/api/roles/moving")).StatusCode,
            Is.EqualTo(HttpStatusCode.NoContent)
        );
    }

    [TestCase("admin")]
    [TestCase("operator")]
    [TestCase("viewer")]
    public async Task A_built_in_role_stays_as_it_is(string role)
    {
        using var created = await _host.Admin.PostTextAsync(
            "/api/roles",
            $$"""{"name":"{{role}}","rules":[{"permissions":["*"]}]}"""
        );
        Assert.That(created.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(
            (await _host.Admin.DeleteAsync($"/api/roles/{role}")).StatusCode,
            Is.EqualTo(HttpStatusCode.Conflict)
        );
    }

    [TestCase("""{"name":"x","rules":[]}""", "rules")]
    [TestCase("""{"name":"x","rules":[null]}""", "rules[0]")]
    [TestCase("""{"name":"x","rules":[{"permissions":["jobs:fly"]}]}""", "rules[0].permissions[0]")]
    [TestCase("""{"name":"x","rules":[{"permissions":[null]}]}""", "rules[0].permissions[0]")]
    [TestCase("""{"name":"x","rules":[{"permissions":["*"],"names":["a b"]}]}""", "rules[0].names[0]")]
    [TestCase("""{"name":"x","rules":[{"permissions":["*"],"names":[]}]}""", "rules[0].names")]
    [TestCase("""{"name":"no spaces","rules":[{"permissions":["*"]}]}""", "name")]
    [TestCase("""{"name":"x","rules":[{"permissions":["*"]}],"addresses":["here"]}""", "addresses[0]")]
    public async Task A_bad_role_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync("/api/roles", body);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { path }));
    }

    [TestCase("""{"roles":[{"role":"admin","namespace":"default"}]}""")]
    [TestCase("""{"roles":[{"role":"viewer","namespace":"*"}]}""")]
    public async Task Nobody_gives_a_user_more_than_they_may_do(string patch)
    {
        var role = _host.AddRole(Rule("users:manage"));
        using var manager = _host.ClientOf(
            _host.AddUser($"m{Guid.NewGuid():N}", new RoleGrant(role, Authority.Everywhere))
        );
        var target = $"t{Guid.NewGuid():N}";
        _host.AddUser(target);
        using var response = await manager.PatchAsync($"/api/users/{target}", HttpWords.Json(patch));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        using var created = await manager.PostTextAsync(
            "/api/users",
            patch.Insert(1, $"\"userName\":\"n{Guid.NewGuid():N}\",")
        );
        Assert.That(created.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Nobody_resets_the_password_of_somebody_who_may_do_more()
    {
        var role = _host.AddRole(Rule("users:manage"));
        using var manager = _host.ClientOf(
            _host.AddUser($"m{Guid.NewGuid():N}", new RoleGrant(role, Authority.Everywhere))
        );
        _host.AddUser("chief", new RoleGrant(Roles.Admin, Authority.Everywhere));
        Assert.That(
            (await manager.PostTextAsync("/api/users/chief/password", "{}")).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden)
        );
        Assert.That(
            (await manager.PatchAsync("/api/users/chief", HttpWords.Json("""{"twoFactor":false}"""))).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden)
        );
        Assert.That((await manager.DeleteAsync("/api/users/chief")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        var session = _host.BeginSession(_host.UserNamed("chief")).SignIn.Id;
        Assert.That(
            (await manager.DeleteAsync($"/api/users/chief/sessions/{session}")).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden)
        );
    }

    [Test]
    public async Task Nobody_makes_a_key_or_a_role_that_may_do_more_than_they()
    {
        var role = _host.AddRole(Rule("keys:manage"), Rule("jobs:read"));
        using var client = _host.ClientOf(_host.AddUser($"k{Guid.NewGuid():N}", new RoleGrant(role, "default")));
        using var more = await client.PostTextAsync(
            "/api/namespaces/default/keys",
            """{"kind":"service","name":"x","roles":["admin"]}"""
        );
        Assert.That(more.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        using var same = await client.PostTextAsync(
            "/api/namespaces/default/keys",
            JsonSerializer.Serialize(
                new
                {
                    kind = "service",
                    name = "x",
                    roles = new[] { role },
                }
            )
        );
        Assert.That(same.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var maker = _host.AddRole(Rule("roles:manage"));
        using var roles = _host.ClientOf(
            _host.AddUser($"r{Guid.NewGuid():N}", new RoleGrant(maker, Authority.Everywhere))
        );
        using var tooMuch = await roles.PostTextAsync(
            "/api/roles",
            """{"name":"everything","rules":[{"permissions":["*"]}]}"""
        );
        Assert.That(tooMuch.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        var wider = _host.AddRole(Rule("jobs:*"));
        using var narrowed = await roles.PutTextAsync(
            $"/api/roles/{wider}",
            $$"""{"name":"{{wider}}","rules":[{"permissions":["roles:manage"]}]}"""
        );
        Assert.That(
            narrowed.StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden),
            "nobody takes away permissions that they do not have"
        );
    }

    [Test]
    public async Task A_role_limited_to_names_hands_out_no_wider_one()
    {
        var narrow = _host.AddRole(
            new RoleRule { Permissions = ["jobs:run"], Names = ["shop.*"] },
            Rule("keys:manage")
        );
        var wide = _host.AddRole(Rule("jobs:run"));
        using var client = _host.ClientOf(_host.AddUser($"k{Guid.NewGuid():N}", new RoleGrant(narrow, "default")));
        using var more = await client.PostTextAsync(
            "/api/namespaces/default/keys",
            JsonSerializer.Serialize(
                new
                {
                    kind = "service",
                    name = "x",
                    roles = new[] { wide },
                }
            )
        );
        Assert.That(more.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private JobId AddJob(string method, JobState state)
    {
        var job = new Job
        {
            Id = new JobId(Guid.CreateVersion7()),
            Namespace = "default",
            Spec = new JobSpec { Method = method },
            State = state,
            RunAt = ApiHost.Noon,
            EnqueuedAt = ApiHost.Noon,
            FinishedAt = ApiHost.Noon,
            CreatedBy = "test",
        };
        _host.Broker.Put(new StoredJob(job, default, default));
        return job.Id;
    }

    private static async Task<HttpStatusCode> CreateAsync(HttpClient client, string name, string method)
    {
        using var response = await client.PostTextAsync(
            ApiHost.Schedules,
            Schedule.Replace("NAME", name).Replace("METHOD", method)
        );
        return response.StatusCode;
    }
}
