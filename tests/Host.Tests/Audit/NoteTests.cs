using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Audit;

[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NoteTests
{
    private const string Route = "/api/namespaces/{ns}";
    private const string Ns = "/api/namespaces/default";
    private const string ScheduleBody =
        """{"name":"nightly","trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"db.backup"}}""";

    // For every route that writes: a request that it accepts, and the note that the audit log gets. {job} and {ended}
    // stand for jobs, {key} for a key.
    private static readonly (
        string Verb,
        string Route,
        string Path,
        string Body,
        string Action,
        string Object
    )[] Writes =
    [
        ("POST", $"{Route}/jobs", $"{Ns}/jobs", """{"method":"a"}""", "jobs:run", "job:"),
        (
            "POST",
            $"{Route}/jobs/batch",
            $"{Ns}/jobs/batch",
            """{"jobs":[{"method":"a"},{"method":"b"},{"method":"?"}]}""",
            "jobs:run",
            "jobs:2"
        ),
        ("POST", $"{Route}/batches", $"{Ns}/batches", """{"jobs":[{"method":"a"}]}""", "jobs:run", "batch:"),
        (
            "POST",
            $"{Route}/batches/{{id}}/cancel",
            $"{Ns}/batches/{FakeBroker.OpenBatch}/cancel",
            "",
            "jobs:cancel",
            $"batch:{FakeBroker.OpenBatch}"
        ),
        ("PATCH", $"{Route}/jobs/{{id}}", $"{Ns}/jobs/{{job}}", """{"priority":5}""", "jobs:priority", "job:{job}"),
        ("POST", $"{Route}/jobs/{{id}}/cancel", $"{Ns}/jobs/{{job}}/cancel", "{}", "jobs:cancel", "job:{job}"),
        ("POST", $"{Route}/jobs/{{id}}/retry", $"{Ns}/jobs/{{job}}/retry", "", "jobs:retry", "job:{job}"),
        ("POST", $"{Route}/jobs/{{id}}/replay", $"{Ns}/jobs/{{ended}}/replay", "", "jobs:replay", "job:"),
        (
            "POST",
            $"{Route}/schedules",
            $"{Ns}/schedules",
            ScheduleBody.Replace("nightly", "other"),
            "schedules:save",
            "schedule:other"
        ),
        (
            "POST",
            $"{Route}/schedules/apply",
            $"{Ns}/schedules/apply",
            $$"""{"schedules":[{{ScheduleBody.Replace("nightly", "other")}}]}""",
            "schedules:apply",
            "schedules"
        ),
        (
            "PUT",
            $"{Route}/schedules/{{name}}",
            $"{Ns}/schedules/nightly",
            ScheduleBody,
            "schedules:save",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/schedules/{{name}}/pause",
            $"{Ns}/schedules/nightly/pause",
            "{}",
            "schedules:pause",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/schedules/{{name}}/resume",
            $"{Ns}/schedules/nightly/resume",
            "",
            "schedules:resume",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/schedules/{{name}}/trigger",
            $"{Ns}/schedules/nightly/trigger",
            "",
            "schedules:trigger",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/schedules/{{name}}/backfill",
            $"{Ns}/schedules/nightly/backfill",
            """{"from":"2026-01-01T00:00:00Z","to":"2026-01-03T00:00:00Z"}""",
            "schedules:backfill",
            "schedule:nightly"
        ),
        (
            "DELETE",
            $"{Route}/schedules/{{name}}/backfill",
            $"{Ns}/schedules/nightly/backfill",
            "",
            "schedules:cancelBackfill",
            "schedule:nightly"
        ),
        (
            "DELETE",
            $"{Route}/schedules/{{name}}",
            $"{Ns}/schedules/nightly",
            "",
            "schedules:delete",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/calendars",
            $"{Ns}/calendars",
            """{"name":"other","weekdays":["sunday"]}""",
            "calendars:save",
            "calendar:other"
        ),
        (
            "PUT",
            $"{Route}/calendars/{{name}}",
            $"{Ns}/calendars/holidays",
            """{"name":"holidays","dates":["2026-10-03"]}""",
            "calendars:save",
            "calendar:holidays"
        ),
        (
            "DELETE",
            $"{Route}/calendars/{{name}}",
            $"{Ns}/calendars/holidays",
            "",
            "calendars:delete",
            "calendar:holidays"
        ),
        (
            "POST",
            $"{Route}/handlers/{{name}}/drain",
            $"{Ns}/handlers/office-7/drain",
            "",
            "handlers:drain",
            "handler:office-7"
        ),
        (
            "POST",
            $"{Route}/handlers/{{name}}/resume",
            $"{Ns}/handlers/office-7/resume",
            "",
            "handlers:resume",
            "handler:office-7"
        ),
        (
            "POST",
            $"{Route}/handlers/{{name}}/disconnect",
            $"{Ns}/handlers/office-7/disconnect",
            "",
            "handlers:disconnect",
            "handler:office-7"
        ),
        ("DELETE", $"{Route}/handlers/{{name}}", $"{Ns}/handlers/office-7", "", "handlers:delete", "handler:office-7"),
        ("POST", $"{Route}/keys", $"{Ns}/keys", """{"kind":"handler","handler":"office-7"}""", "keys:create", "key:"),
        ("DELETE", $"{Route}/keys/{{id}}", $"{Ns}/keys/{{key}}", "", "keys:revoke", "key:{key}"),
        (
            "PATCH",
            $"{Route}/keys/{{id}}",
            $"{Ns}/keys/{{handlerKey}}",
            """{"methods":["a"]}""",
            "keys:change",
            "key:{handlerKey}"
        ),
        ("POST", $"{Route}/keys/{{id}}/rotate", $"{Ns}/keys/{{key}}/rotate", "", "keys:rotate", "key:{key}"),
        (
            "POST",
            $"{Route}/enrolments",
            $"{Ns}/enrolments",
            """{"handler":"office-9"}""",
            "enrolments:create",
            "enrolment:"
        ),
        (
            "DELETE",
            $"{Route}/enrolments/{{id}}",
            $"{Ns}/enrolments/{{enrolment}}",
            "",
            "enrolments:delete",
            "enrolment:{enrolment}"
        ),
        (
            "POST",
            "/api/users",
            "/api/users",
            """{"userName":"ben","roles":[{"role":"viewer","namespace":"default"}]}""",
            "users:create",
            "user:ben"
        ),
        ("PATCH", "/api/users/{user}", "/api/users/ana", """{"roles":[]}""", "users:change", "user:ana"),
        ("DELETE", "/api/users/{user}", "/api/users/ana", "", "users:delete", "user:ana"),
        ("POST", "/api/users/{user}/password", "/api/users/ana/password", "{}", "users:reset-password", "user:ana"),
        (
            "DELETE",
            "/api/users/{user}/sessions/{id}",
            "/api/users/ana/sessions/{session}",
            "",
            "users:end-session",
            "user:ana"
        ),
        (
            "POST",
            "/api/roles",
            "/api/roles",
            """{"name":"shop","rules":[{"permissions":["jobs:run"]}]}""",
            "roles:create",
            "role:shop"
        ),
        (
            "PUT",
            "/api/roles/{role}",
            "/api/roles/{role}",
            """{"name":"{role}","rules":[{"permissions":["jobs:run"]}]}""",
            "roles:change",
            "role:{role}"
        ),
        ("DELETE", "/api/roles/{role}", "/api/roles/{role}", "", "roles:delete", "role:{role}"),
        ("POST", "/api/namespaces", "/api/namespaces", """{"name":"shop"}""", "namespaces:create", "namespace:shop"),
        ("PATCH", Route, "/api/namespaces/tenant-a", "{}", "namespaces:change", "namespace:tenant-a"),
        ("DELETE", Route, "/api/namespaces/tenant-a?confirm=tenant-a", "", "namespaces:delete", "namespace:tenant-a"),
    ];

    // Routes of users on their own account. Each is in one of the tests below.
    private static readonly string[] OwnWrites =
    [
        "POST /api/auth/login",
        "POST /api/auth/refresh",
        "POST /api/auth/logout",
        "DELETE /api/auth/sessions/{id}",
        "POST /api/auth/password",
        "POST /api/auth/totp",
        "POST /api/auth/totp/confirm",
        "POST /api/auth/totp/remove",
        "POST /api/auth/recovery-codes",
    ];

    // A bulk act is noted when it begins, and when it has ended or was stopped: see BulkActsTests.
    private static readonly string[] BulkWrites = [$"POST {Route}/jobs/bulk", $"DELETE {Route}/jobs/bulk/{{id}}"];

    // Routes that have a writing verb and write nothing.
    private static readonly string[] Questions =
    [
        $"POST {Route}/schedules/preview",
        $"POST {Route}/schedules/simulate",
    ];

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private static IEnumerable<TestCaseData> Rows() =>
        Writes.Select(row =>
            new TestCaseData(row.Verb, row.Path, row.Body, row.Action, row.Object).SetArgDisplayNames(
                row.Verb,
                row.Route
            )
        );

    [Test]
    public void Every_route_that_writes_is_in_the_table()
    {
        var writing = _host
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                endpoint
                    .Metadata.GetMetadata<HttpMethodMetadata>()!
                    .HttpMethods.Where(verb => verb is not ("GET" or "HEAD"))
                    .Select(verb => $"{verb} /{endpoint.RoutePattern.RawText!.Trim('/')}")
            );
        Assert.That(
            writing.Except(Questions).Except(BulkWrites),
            Is.EquivalentTo(Writes.Select(row => $"{row.Verb} {row.Route}").Concat(OwnWrites))
        );
    }

    [TestCaseSource(nameof(Rows))]
    public async Task A_write_is_noted_with_who_and_what(
        string verb,
        string path,
        string body,
        string action,
        string subject
    )
    {
        var (job, ended, key) = await PrepareAsync();
        var session = _host.BeginSession(_host.AddUser("ana")).SignIn.Id;
        var role = _host.AddRole(new RoleRule { Permissions = ["jobs:read"] });
        var handlerKey = _host.AddKey(null, "default", KeyKind.Handler).Id;
        using var enrolled = await _host.Admin.PostTextAsync($"{Ns}/enrolments", """{"handler":"office-8"}""");
        var enrolment = (await enrolled.BodyAsync()).GetProperty("id").GetString()!;
        var before = _host.Broker.Noted.Count;
        string Fill(string text) =>
            text.Replace("{handlerKey}", handlerKey)
                .Replace("{enrolment}", enrolment)
                .Replace("{job}", job)
                .Replace("{ended}", ended)
                .Replace("{key}", key)
                .Replace("{session}", session)
                .Replace("{role}", role);
        using var response = await SendAsync(_host.Admin, verb, Fill(path), Fill(body));
        Assert.That(response.IsSuccessStatusCode, Is.True, await response.Content.ReadAsStringAsync());
        var note = _host.Broker.Noted.Skip(before).Single();
        Assert.That(
            (note.Action, note.Actor, note.Method),
            Is.EqualTo((action, $"key:{_host.AdminKey.Id}", "api-key"))
        );
        Assert.That(note.Object, Does.StartWith(Fill(subject)));
        var ns =
            path.StartsWith(Ns, StringComparison.Ordinal) ? "default"
            : action.StartsWith("namespaces:", StringComparison.Ordinal) ? subject[10..]
            : null;
        Assert.That((note.Namespace, note.Address, note.Outcome), Is.EqualTo((ns, "127.0.0.1", AuditOutcomes.Allowed)));
        Assert.That(note.RequestId, Is.Not.Empty);
    }

    [TestCaseSource(nameof(Rows))]
    public async Task A_write_without_the_permission_is_noted_as_denied(
        string verb,
        string path,
        string body,
        string action,
        string subject
    )
    {
        var viewer = _host.AddKey(Roles.Viewer);
        using var client = _host.Client(viewer);
        using var response = await SendAsync(client, verb, path, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), $"{action} {subject}");
        var note = _host.Broker.Noted.Single();
        Assert.That(
            (note.Actor, note.Outcome, note.Reason),
            Is.EqualTo(($"key:{viewer.Id}", AuditOutcomes.Denied, ErrorCodes.Forbidden))
        );
        // Making an enrolment takes the permission for keys.
        Assert.That(
            note.Action,
            Does.StartWith(
                action.Replace("enrolments:", "keys:")[..action.Replace("enrolments:", "keys:").IndexOf(':')]
            ),
            "the action is the permission that was needed"
        );
        Assert.That(note.Object, Does.StartWith($"{verb} {path.Split('{', '?')[0]}"));
    }

    [Test]
    public async Task What_users_do_with_their_account_is_noted_with_their_session()
    {
        var user = _host.AddUser("ana", new RoleGrant(Roles.Viewer, "default"));
        using var nobody = _host.Client(null);
        var login = await (
            await nobody.PostTextAsync("/api/auth/login", $$"""{"userName":"ana","password":"{{ApiHost.Password}}"}""")
        ).BodyAsync();
        var refreshed = await (
            await nobody.PostTextAsync(
                "/api/auth/refresh",
                $$"""{"refreshToken":"{{login.GetProperty("refreshToken").GetString()}}"}"""
            )
        ).BodyAsync();
        using var ana = _host.ClientWith(refreshed.GetProperty("accessToken").GetString());
        var proof = $$"""{"password":"{{ApiHost.Password}}"}""";
        var secret = (await (await ana.PostTextAsync("/api/auth/totp", proof)).BodyAsync())
            .GetProperty("secret")
            .GetString()!;
        var code = Totp.CodeOf(Totp.FromBase32(secret), _host.Time.GetUtcNow().ToUnixTimeSeconds() / 30);
        (await ana.PostTextAsync("/api/auth/totp/confirm", $$"""{"code":"{{code}}"}""")).Dispose();
        (
            await nobody.PostTextAsync("/api/auth/login", $$"""{"userName":"ana","password":"{{ApiHost.Password}}"}""")
        ).Dispose();
        Assert.That(
            _host.Broker.Noted[^1],
            Has.Property("Outcome").EqualTo("denied").And.Property("Reason").EqualTo("right password, no code")
        );
        (await ana.PostTextAsync("/api/auth/recovery-codes", proof)).Dispose();
        (await ana.PostTextAsync("/api/auth/totp/remove", proof)).Dispose();
        (await ana.DeleteAsync($"/api/auth/sessions/{_host.BeginSession(user).SignIn.Id}")).Dispose();
        var changed = await (
            await ana.PostTextAsync(
                "/api/auth/password",
                $$"""{"currentPassword":"{{ApiHost.Password}}","newPassword":"quite another set of words"}"""
            )
        ).BodyAsync();
        using var again = _host.ClientWith(changed.GetProperty("accessToken").GetString());
        (await again.PostAsync("/api/auth/logout", null)).Dispose();

        var notes = _host.Broker.Noted.Where(note => note.Outcome != AuditOutcomes.Denied).ToList();
        Assert.That(
            notes.Select(note => note.Action),
            Is.EqualTo(
                new[]
                {
                    "sessions:begin",
                    "sessions:refresh",
                    "users:totp-begin",
                    "users:totp-confirm",
                    "users:recovery-codes",
                    "users:totp-remove",
                    "sessions:end",
                    "users:password",
                    "sessions:end",
                }
            )
        );
        Assert.That(
            notes.Select(note => (note.Actor, note.Outcome)),
            Is.All.EqualTo(("user:ana", AuditOutcomes.Allowed))
        );
        Assert.That(notes.Select(note => note.Session), Is.All.Not.Null);
        Assert.That(
            notes.Select(note => note.Method),
            Is.EqualTo(notes.Select(note => note.Action == "sessions:refresh" ? "refresh-token" : "password"))
        );
        Assert.That(notes.Select(note => $"{note}"), Has.None.Contains(ApiHost.Password).And.None.Contains(secret));
    }

    [Test]
    public async Task Refused_sign_ins_are_noted_with_their_reason_which_the_caller_is_not_told()
    {
        _host.AddUser("ana");
        using var nobody = _host.Client(null);
        foreach (var name in new[] { "ana", "nobody" })
        {
            (
                await nobody.PostTextAsync(
                    "/api/auth/login",
                    $$"""{"userName":"{{name}}","password":"not the password"}"""
                )
            ).Dispose();
        }

        (await nobody.PostTextAsync("/api/auth/refresh", """{"refreshToken":"AAAA"}""")).Dispose();
        Assert.That(
            _host.Broker.Noted.Select(note => (note.Actor, note.Action, note.Object, note.Outcome, note.Reason)),
            Is.EqualTo(
                new[]
                {
                    ("anonymous", "sessions:begin", "user:ana", "denied", "wrong password"),
                    ("anonymous", "sessions:begin", "user:nobody", "denied", "unknown user"),
                    ("anonymous", "sessions:refresh", (string?)null, "denied", "unknown or expired"),
                }
            )
        );
    }

    [Test]
    public async Task A_refresh_token_that_is_used_twice_and_a_lock_out_are_noted()
    {
        _host.AddUser("ana");
        using var nobody = _host.Client(null);
        var login = await (
            await nobody.PostTextAsync("/api/auth/login", $$"""{"userName":"ana","password":"{{ApiHost.Password}}"}""")
        ).BodyAsync();
        for (var i = 0; i < 2; i++)
        {
            (
                await nobody.PostTextAsync(
                    "/api/auth/refresh",
                    $$"""{"refreshToken":"{{login.GetProperty("refreshToken").GetString()}}"}"""
                )
            ).Dispose();
        }

        Assert.That(
            _host.Broker.Noted[^1],
            Has.Property("Action")
                .EqualTo("sessions:end")
                .And.Property("Outcome")
                .EqualTo("denied")
                .And.Property("Reason")
                .Contains("twice")
        );
        for (var i = 0; i < PasswordCheck.FailuresMax; i++)
        {
            (
                await nobody.PostTextAsync("/api/auth/login", """{"userName":"ana","password":"not the password"}""")
            ).Dispose();
        }

        Assert.That(
            _host.Broker.Noted.Count(note => note is { Action: "users:lock", Object: "user:ana" }),
            Is.EqualTo(1)
        );
    }

    [Test]
    public async Task Another_namespace_and_no_key_are_noted()
    {
        using (var tenant = _host.Client(_host.AddKey(Roles.Admin, "tenant-a")))
        {
            (await tenant.GetAsync($"{Ns}/jobs")).Dispose();
        }

        using (var nobody = _host.Client(null))
        {
            (await nobody.GetAsync("/api/stats")).Dispose();
        }

        Assert.That(
            _host.Broker.Noted.Select(note => (note.Outcome, note.Reason, note.Action, note.Namespace)),
            Is.EqualTo(
                new[]
                {
                    ("denied", ErrorCodes.NotFound, "jobs:read", "default"),
                    ("denied", ErrorCodes.Unauthenticated, "stats:read", null),
                }
            )
        );
        Assert.That(_host.Broker.Noted[^1].Actor, Is.EqualTo(AuditNote.Anonymous));
    }

    [Test]
    public async Task A_bridges_key_asked_for_by_a_tenant_is_noted_as_denied()
    {
        using var tenant = _host.Client(_host.AddKey(Roles.Admin, "tenant-a"));
        (await tenant.PostTextAsync("/api/namespaces/tenant-a/keys", """{"kind":"bridge","name":"b"}""")).Dispose();
        Assert.That(
            _host.Broker.Noted.Single(),
            Has.Property("Outcome").EqualTo("denied").And.Property("Action").EqualTo("keys:manage")
        );
    }

    [Test]
    public async Task Requests_beyond_a_known_callers_limit_are_noted_and_anonymous_ones_are_not()
    {
        using var client = _host.Client(_host.AddKey(Roles.Viewer, requestsPerMinute: 1));
        (await client.GetAsync(ApiHost.Jobs)).Dispose();
        (await client.GetAsync(ApiHost.Jobs)).Dispose();
        Assert.That(_host.Broker.Noted.Single().Reason, Is.EqualTo(ErrorCodes.RateLimited));

        await using var strict = await ApiHost.StartAsync(anonymousRequestsPerMinute: 1);
        using var nobody = strict.Client(null);
        (await nobody.GetAsync("/api/auth/keys")).Dispose();
        Assert.That((await nobody.GetAsync("/api/auth/keys")).StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(strict.Broker.Noted, Is.Empty);
    }

    [Test]
    public async Task Anonymous_refusals_are_counted_from_the_61st_of_a_minute_on()
    {
        await DenyAsync(_host, 75);
        Assert.That(_host.Broker.Noted, Has.Count.EqualTo(60));
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_host.Broker.Noted, Has.Count.EqualTo(61));
        Assert.That(_host.Broker.Noted[^1].Reason, Is.EqualTo("15 more refusals of anonymous callers"));
        await DenyAsync(_host, 1);
        Assert.That(_host.Broker.Noted, Has.Count.EqualTo(62));
    }

    [Test]
    public async Task What_a_busy_broker_does_not_take_is_noted_when_it_does()
    {
        _host.Broker.IsBusy = true;
        await DenyAsync(_host, 3);
        Assert.That(_host.Broker.Noted, Is.Empty, "no request has waited for a note");
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_host.Broker.Noted, Is.Empty);
        _host.Broker.IsBusy = false;
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(_host.Broker.Noted.Single().Reason, Is.EqualTo("3 more refusals of anonymous callers"));
    }

    [Test]
    public async Task What_has_only_been_counted_is_noted_at_a_clean_stop()
    {
        var host = await ApiHost.StartAsync();
        await DenyAsync(host, 61);
        await host.DisposeAsync();
        Assert.That(host.Broker.Noted[^1].Reason, Is.EqualTo("1 more refusals of anonymous callers"));
    }

    private static async Task DenyAsync(ApiHost host, int times)
    {
        using var nobody = host.Client(null);
        for (var i = 0; i < times; i++)
        {
            (await nobody.GetAsync("/api/stats")).Dispose();
        }
    }

    private async Task<(string Job, string Ended, string Key)> PrepareAsync()
    {
        (await _host.Admin.PostTextAsync($"{Ns}/schedules", ScheduleBody)).Dispose();
        (
            await _host.Admin.PostTextAsync(
                $"{Ns}/schedules/nightly/backfill",
                """{"from":"2026-01-01T00:00:00Z","to":"2026-01-03T00:00:00Z"}"""
            )
        ).Dispose();
        (await _host.Admin.PostTextAsync($"{Ns}/calendars", """{"name":"holidays"}""")).Dispose();
        using var job = await _host.Admin.PostTextAsync($"{Ns}/jobs", """{"method":"a"}""");
        using var other = await _host.Admin.PostTextAsync($"{Ns}/jobs", """{"method":"a"}""");
        var ended = (await other.BodyAsync()).GetProperty("id").GetString()!;
        var stored = _host.Broker.State.Stored.Values.Single(stored => stored.Job.Id.ToString() == ended);
        _host.Broker.Put(
            stored with
            {
                Job = stored.Job with { State = JobState.Succeeded, FinishedAt = ApiHost.Noon },
            }
        );
        return (
            (await job.BodyAsync()).GetProperty("id").GetString()!,
            ended,
            _host.AddKey(Roles.Viewer, "default").Id
        );
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string verb, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), path)
        {
            Content = body.Length == 0 ? null : HttpWords.Json(body),
        };
        return await client.SendAsync(request);
    }
}
