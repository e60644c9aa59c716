using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class AccessTests
{
    private const string Ns = "/api/namespaces/{ns}";
    private const string Own = "own";

    // For each route: the least built-in role that may use it, and the permissions of which one opens it to a custom
    // role; "own" is for every caller.
    private static readonly (string Verb, string Route, string Role, string Permission)[] Table =
    [
        ("GET", "/api/stats", Roles.Viewer, "stats:read"),
        ("GET", "/api/links", Roles.Admin, "links:read"),
        ("GET", "/api/settings", Roles.Admin, "settings:read"),
        ("POST", "/api/curve/keys", Roles.Admin, "curve:manage"),
        ("GET", "/api/curve/keys", Roles.Admin, "curve:manage"),
        ("DELETE", "/api/curve/keys/{id}", Roles.Admin, "curve:manage"),
        ("GET", "/openapi/{documentName}.json", Roles.Viewer, "reference:read"),
        ("POST", $"{Ns}/jobs", Roles.Operator, "jobs:run"),
        ("POST", $"{Ns}/jobs/batch", Roles.Operator, "jobs:run"),
        ("GET", $"{Ns}/jobs", Roles.Viewer, "jobs:read"),
        ("GET", $"{Ns}/jobs/counts", Roles.Viewer, "jobs:read"),
        ("GET", $"{Ns}/jobs/{{id}}/chain", Roles.Viewer, "jobs:read"),
        ("GET", $"{Ns}/jobs/{{id}}", Roles.Viewer, "jobs:read"),
        ("PATCH", $"{Ns}/jobs/{{id}}", Roles.Operator, "jobs:run"),
        ("POST", $"{Ns}/jobs/bulk", Roles.Operator, "jobs:run"),
        ("GET", $"{Ns}/jobs/bulk", Roles.Viewer, "jobs:read"),
        ("GET", $"{Ns}/jobs/bulk/{{id}}", Roles.Viewer, "jobs:read"),
        ("DELETE", $"{Ns}/jobs/bulk/{{id}}", Roles.Operator, "jobs:run"),
        ("POST", $"{Ns}/jobs/{{id}}/cancel", Roles.Operator, "jobs:run"),
        ("POST", $"{Ns}/jobs/{{id}}/retry", Roles.Operator, "jobs:run"),
        ("POST", $"{Ns}/jobs/{{id}}/replay", Roles.Operator, "jobs:run"),
        ("GET", $"{Ns}/jobs/{{id}}/attempts", Roles.Viewer, "jobs:read"),
        ("GET", $"{Ns}/jobs/{{id}}/explain", Roles.Viewer, "jobs:read"),
        ("GET", $"{Ns}/jobs/{{id}}/logs", Roles.Viewer, "jobs:read"),
        ("POST", $"{Ns}/batches", Roles.Operator, "jobs:run"),
        ("GET", $"{Ns}/batches", Roles.Viewer, "jobs:read"),
        ("GET", $"{Ns}/batches/{{id}}", Roles.Viewer, "jobs:read"),
        ("POST", $"{Ns}/batches/{{id}}/cancel", Roles.Operator, "jobs:run"),
        ("POST", $"{Ns}/schedules", Roles.Admin, "schedules:write"),
        ("GET", $"{Ns}/schedules", Roles.Viewer, "schedules:read"),
        ("GET", $"{Ns}/schedules/{{name}}", Roles.Viewer, "schedules:read"),
        ("PUT", $"{Ns}/schedules/{{name}}", Roles.Admin, "schedules:write"),
        ("DELETE", $"{Ns}/schedules/{{name}}", Roles.Admin, "schedules:write"),
        ("POST", $"{Ns}/schedules/{{name}}/pause", Roles.Operator, "schedules:pause|schedules:write"),
        ("POST", $"{Ns}/schedules/{{name}}/resume", Roles.Operator, "schedules:pause|schedules:write"),
        ("POST", $"{Ns}/schedules/{{name}}/trigger", Roles.Operator, "schedules:trigger"),
        ("POST", $"{Ns}/schedules/{{name}}/backfill", Roles.Operator, "schedules:trigger"),
        ("GET", $"{Ns}/schedules/{{name}}/backfill", Roles.Viewer, "schedules:read"),
        ("DELETE", $"{Ns}/schedules/{{name}}/backfill", Roles.Operator, "schedules:trigger"),
        ("POST", $"{Ns}/schedules/apply", Roles.Admin, "schedules:write"),
        ("POST", $"{Ns}/schedules/preview", Roles.Viewer, "schedules:read"),
        ("POST", $"{Ns}/schedules/simulate", Roles.Viewer, "schedules:read"),
        ("GET", $"{Ns}/schedules/{{name}}/preview", Roles.Viewer, "schedules:read"),
        ("GET", $"{Ns}/schedules/{{name}}/occurrences", Roles.Viewer, "schedules:read"),
        ("GET", $"{Ns}/schedules/{{name}}/explain", Roles.Viewer, "schedules:read"),
        ("GET", $"{Ns}/schedules/{{name}}/versions", Roles.Viewer, "schedules:read"),
        ("POST", $"{Ns}/calendars", Roles.Admin, "calendars:write"),
        ("GET", $"{Ns}/calendars", Roles.Viewer, "calendars:read"),
        ("GET", $"{Ns}/calendars/{{name}}", Roles.Viewer, "calendars:read"),
        ("PUT", $"{Ns}/calendars/{{name}}", Roles.Admin, "calendars:write"),
        ("DELETE", $"{Ns}/calendars/{{name}}", Roles.Admin, "calendars:write"),
        ("GET", $"{Ns}/handlers", Roles.Viewer, "handlers:read"),
        ("GET", $"{Ns}/handlers/{{name}}", Roles.Viewer, "handlers:read"),
        ("GET", $"{Ns}/handlers/{{name}}/connections", Roles.Viewer, "handlers:read"),
        ("DELETE", $"{Ns}/handlers/{{name}}", Roles.Admin, "handlers:manage"),
        ("POST", $"{Ns}/handlers/{{name}}/drain", Roles.Operator, "handlers:operate|handlers:manage"),
        ("POST", $"{Ns}/handlers/{{name}}/resume", Roles.Operator, "handlers:operate|handlers:manage"),
        ("POST", $"{Ns}/handlers/{{name}}/disconnect", Roles.Operator, "handlers:operate|handlers:manage"),
        ("GET", $"{Ns}/methods", Roles.Viewer, "handlers:read"),
        ("GET", $"{Ns}/methods/{{method}}", Roles.Viewer, "handlers:read"),
        ("POST", $"{Ns}/methods/{{method}}/pause", Roles.Operator, "methods:pause"),
        ("POST", $"{Ns}/methods/{{method}}/resume", Roles.Operator, "methods:pause"),
        ("GET", $"{Ns}/alerts", Roles.Viewer, "alerts:read"),
        ("GET", $"{Ns}/alerts/rules", Roles.Viewer, "alerts:read"),
        ("GET", $"{Ns}/alerts/rules/{{rule}}", Roles.Viewer, "alerts:read"),
        ("PUT", $"{Ns}/alerts/rules/{{rule}}", Roles.Admin, "alerts:manage"),
        ("DELETE", $"{Ns}/alerts/rules/{{rule}}", Roles.Admin, "alerts:manage"),
        ("POST", $"{Ns}/alerts/rules/{{rule}}/mute", Roles.Operator, "alerts:mute"),
        ("POST", $"{Ns}/alerts/rules/{{rule}}/unmute", Roles.Operator, "alerts:mute"),
        ("GET", $"{Ns}/alerts/channels", Roles.Viewer, "alerts:read"),
        ("GET", $"{Ns}/alerts/channels/{{channel}}", Roles.Viewer, "alerts:read"),
        ("PUT", $"{Ns}/alerts/channels/{{channel}}", Roles.Admin, "alerts:manage"),
        ("DELETE", $"{Ns}/alerts/channels/{{channel}}", Roles.Admin, "alerts:manage"),
        ("POST", $"{Ns}/alerts/channels/{{channel}}/test", Roles.Admin, "alerts:manage"),
        ("POST", $"{Ns}/keys", Roles.Admin, "keys:manage"),
        ("GET", $"{Ns}/keys", Roles.Admin, "keys:manage"),
        ("PATCH", $"{Ns}/keys/{{id}}", Roles.Admin, "keys:manage"),
        ("POST", $"{Ns}/keys/{{id}}/rotate", Roles.Admin, "keys:manage"),
        ("DELETE", $"{Ns}/keys/{{id}}", Roles.Admin, "keys:manage"),
        ("POST", $"{Ns}/enrolments", Roles.Admin, "keys:manage"),
        ("GET", $"{Ns}/enrolments", Roles.Admin, "keys:manage"),
        ("DELETE", $"{Ns}/enrolments/{{id}}", Roles.Admin, "keys:manage"),
        ("GET", $"{Ns}/executions", Roles.Viewer, "executions:read"),
        ("GET", $"{Ns}/executions/export", Roles.Viewer, "executions:read"),
        ("GET", $"{Ns}/executions/stats", Roles.Viewer, "executions:read"),
        ("GET", $"{Ns}/events", Roles.Viewer, "events:read"),
        ("GET", $"{Ns}/logs", Roles.Viewer, "jobs:read"),
        ("GET", "/api/audit", Roles.Admin, "audit:read"),
        ("GET", "/api/audit/chain", Roles.Admin, "audit:read"),
        ("GET", "/api/audit/export", Roles.Admin, "audit:read"),
        ("GET", "/api/audit/keys", Roles.Admin, "audit:read"),
        ("GET", $"{Ns}/audit", Roles.Admin, "audit:read"),
        ("POST", "/api/auth/logout", Roles.Viewer, Own),
        ("GET", "/api/auth/me", Roles.Viewer, Own),
        ("GET", "/api/auth/sessions", Roles.Viewer, Own),
        ("DELETE", "/api/auth/sessions/{id}", Roles.Viewer, Own),
        ("POST", "/api/auth/password", Roles.Viewer, Own),
        ("POST", "/api/auth/totp", Roles.Viewer, Own),
        ("POST", "/api/auth/totp/confirm", Roles.Viewer, Own),
        ("POST", "/api/auth/totp/remove", Roles.Viewer, Own),
        ("POST", "/api/auth/recovery-codes", Roles.Viewer, Own),
        ("GET", "/api/namespaces", Roles.Viewer, Own),
        ("POST", "/api/namespaces", Roles.Admin, "namespaces:manage"),
        ("GET", Ns, Roles.Viewer, "namespaces:read"),
        ("PATCH", Ns, Roles.Admin, "namespaces:manage"),
        ("DELETE", Ns, Roles.Admin, "namespaces:manage"),
        ("POST", "/api/users", Roles.Admin, "users:manage"),
        ("GET", "/api/users", Roles.Admin, "users:manage"),
        ("GET", "/api/users/{user}", Roles.Admin, "users:manage"),
        ("PATCH", "/api/users/{user}", Roles.Admin, "users:manage"),
        ("DELETE", "/api/users/{user}", Roles.Admin, "users:manage"),
        ("POST", "/api/users/{user}/password", Roles.Admin, "users:manage"),
        ("GET", "/api/users/{user}/sessions", Roles.Admin, "users:manage"),
        ("DELETE", "/api/users/{user}/sessions/{id}", Roles.Admin, "users:manage"),
        ("POST", "/api/roles", Roles.Admin, "roles:manage"),
        ("GET", "/api/roles", Roles.Admin, "roles:manage"),
        ("GET", "/api/roles/{role}", Roles.Admin, "roles:manage"),
        ("PUT", "/api/roles/{role}", Roles.Admin, "roles:manage"),
        ("DELETE", "/api/roles/{role}", Roles.Admin, "roles:manage"),
    ];

    private static readonly string[] Open =
    [
        "GET /health/live",
        "GET /health/ready",
        "GET /reference",
        "GET /reference/page.js",
        "GET /reference/scalar.js",
        "POST /api/auth/login",
        "POST /api/auth/refresh",
        "GET /api/auth/keys",
    ];

    private static readonly string[] RolesByRank = [Roles.Viewer, Roles.Operator, Roles.Admin];

    private ApiHost _host = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public void Every_route_is_in_the_table_or_open()
    {
        var mapped = _host
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                endpoint
                    .Metadata.GetMetadata<HttpMethodMetadata>()!
                    .HttpMethods.Select(verb =>
                        (
                            Name: $"{verb} /{endpoint.RoutePattern.RawText!.Trim('/')}",
                            IsOpen: endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                        )
                    )
            )
            .ToList();
        Assert.That(mapped.Where(route => route.IsOpen).Select(route => route.Name), Is.EquivalentTo(Open));
        Assert.That(
            mapped.Where(route => !route.IsOpen).Select(route => route.Name),
            Is.EquivalentTo(Table.Select(row => $"{row.Verb} {row.Route}"))
        );
    }

    private static IEnumerable<TestCaseData> Rows() =>
        Table.Select(row =>
            new TestCaseData(row.Verb, Fill(row.Route), row.Role).SetArgDisplayNames(row.Verb, row.Route)
        );

    private static string Fill(string route, string ns = "default") =>
        route
            .Replace("{ns}", ns, StringComparison.Ordinal)
            .Replace("{id}", "nothing", StringComparison.Ordinal)
            .Replace("{name}", "nothing", StringComparison.Ordinal)
            .Replace("{user}", "nobody", StringComparison.Ordinal)
            .Replace("{role}", "nothing", StringComparison.Ordinal)
            .Replace("{documentName}", "v1", StringComparison.Ordinal);

    [TestCaseSource(nameof(Rows))]
    public async Task No_route_answers_without_a_key(string verb, string path, string role)
    {
        using var client = _host.Client(null);
        using var response = await SendAsync(client, verb, path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), role);
        Assert.That((await response.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Unauthenticated));
        Assert.That(response.Headers.WwwAuthenticate.Single().Scheme, Is.EqualTo("Bearer"));
    }

    [TestCaseSource(nameof(Rows))]
    public async Task A_route_answers_its_least_role_and_those_above_only(string verb, string path, string least)
    {
        foreach (var role in RolesByRank)
        {
            var mayEnter = Array.IndexOf(RolesByRank, role) >= Array.IndexOf(RolesByRank, least);
            using var service = _host.Client(_host.AddKey(role));
            await ExpectAsync(service, verb, path, mayEnter, $"service, {role}");
            // Each call has a user of its own, since some routes act on the caller's own user session.
            using var user = _host.ClientOf(
                _host.AddUser($"{role}-{Guid.NewGuid():N}", new RoleGrant(role, Authority.Everywhere))
            );
            await ExpectAsync(user, verb, path, mayEnter, $"user, {role}");
        }
    }

    private static IEnumerable<TestCaseData> Reading() =>
        Table
            .Where(row => row.Verb == "GET")
            .Select(row => $"GET {row.Route}")
            .Concat(Open.Where(route => route.StartsWith("GET ", StringComparison.Ordinal)))
            .Select(route => new TestCaseData(Fill(route[4..])).SetArgDisplayNames(route));

    [TestCaseSource(nameof(Reading))]
    public async Task Reading_tells_the_broker_nothing(string path)
    {
        _host.Broker.Inputs.Clear();
        using var response = await SendAsync(_host.Admin, "GET", path);
        Assert.That(response.StatusCode, Is.Not.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    private static IEnumerable<TestCaseData> Permissioned() =>
        Table
            .SelectMany(row => row.Permission.Split('|'))
            .Where(permission => permission != Own)
            .Distinct()
            .Select(permission => new TestCaseData(permission));

    [TestCaseSource(nameof(Permissioned))]
    public async Task A_permission_opens_its_own_routes_and_no_others(string permission)
    {
        var role = _host.AddRole(new RoleRule { Permissions = [permission] });
        foreach (var row in Table)
        {
            using var client = _host.ClientOf(
                _host.AddUser($"u{Guid.NewGuid():N}", new RoleGrant(role, Authority.Everywhere))
            );
            await ExpectAsync(
                client,
                row.Verb,
                Fill(row.Route),
                row.Permission.Split('|').Contains(permission) || row.Permission == Own,
                permission
            );
        }
    }

    [Test]
    public async Task A_refusal_names_the_permission_that_is_missing()
    {
        var role = _host.AddRole(new RoleRule { Permissions = ["calendars:write"] });
        using var client = _host.ClientOf(
            _host.AddUser($"u{Guid.NewGuid():N}", new RoleGrant(role, Authority.Everywhere))
        );
        foreach (var row in Table.Where(row => row.Permission is not (Own or "calendars:write")))
        {
            using var response = await SendAsync(client, row.Verb, Fill(row.Route));
            var problem = await response.ProblemAsync();
            Assert.That((problem.Status, problem.Code), Is.EqualTo((403, ErrorCodes.Forbidden)), row.Route);
            Assert.That(problem.Detail, Does.Contain(row.Permission.Split('|')[0]), row.Route);
        }
    }

    /// <summary>
    /// Checks the table of docs/security.md: each permission, and the least built-in role that has it.
    /// </summary>
    [Test]
    public void The_documented_table_of_roles_is_what_holds()
    {
        var documented = File.ReadLines(Path.Combine(Root(), "docs", "security.md"))
            .SkipWhile(line => !line.StartsWith("| permission |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .SelectMany(cells =>
                cells[1]
                    .Split(',', StringSplitOptions.TrimEntries)
                    .Select(name => (Permission: name.Trim('`'), Least: cells[3].Trim('`')))
            )
            .ToDictionary(row => row.Permission, row => row.Least, StringComparer.Ordinal);
        var held = Permissions.All.ToDictionary(
            permission => permission,
            permission => RolesByRank.First(role => Has(role, permission)),
            StringComparer.Ordinal
        );
        Assert.That(documented, Is.EquivalentTo(held));
        foreach (var row in Table.Where(row => row.Permission != Own))
        {
            Assert.That(
                row.Permission.Split('|')
                    .Select(permission => Array.IndexOf(RolesByRank, documented[permission]))
                    .Min(),
                Is.EqualTo(Array.IndexOf(RolesByRank, row.Role)),
                row.Route
            );
        }

        foreach (var (role, above) in RolesByRank.Zip(RolesByRank.Skip(1)))
        {
            Assert.That(
                Permissions.All.Where(permission => Has(role, permission) && !Has(above, permission)),
                Is.Empty,
                $"{above} may what {role} may"
            );
        }
    }

    private static bool Has(string role, string permission) =>
        Role.FindBuiltIn(role)!.ResolvedRules.Any(rule => rule.Grants(permission));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ScheduleZero.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [TestCaseSource(nameof(Rows))]
    public async Task Whoever_must_change_the_password_may_do_that_and_nothing_else(
        string verb,
        string path,
        string least
    )
    {
        var user = _host.AddUser($"u{Guid.NewGuid():N}", new RoleGrant(Roles.Admin, Authority.Everywhere));
        _host.Change(AccessChange.Replace(user with { MustChangePassword = true }));
        using var client = _host.ClientOf(user);
        await ExpectAsync(client, verb, path, path.StartsWith("/api/auth/", StringComparison.Ordinal), least);
    }

    private static async Task ExpectAsync(HttpClient client, string verb, string path, bool mayEnter, string who)
    {
        using var response = await SendAsync(client, verb, path);
        Assert.That(
            response.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized),
            Is.EqualTo(mayEnter),
            $"{who}: {verb} {path}: {response.StatusCode}"
        );
    }

    [TestCaseSource(nameof(Rows))]
    public async Task Keys_of_handlers_and_bridges_open_nothing_here(string verb, string path, string role)
    {
        foreach (var kind in new[] { KeyKind.Handler, KeyKind.Bridge })
        {
            using var client = _host.Client(_host.AddKey(Roles.Admin, kind: kind));
            using var response = await SendAsync(client, verb, path);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), role);
            Assert.That((await response.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Forbidden));
        }
    }

    private static IEnumerable<TestCaseData> NamespaceRows() =>
        Table
            .Where(row => row.Route.StartsWith(Ns, StringComparison.Ordinal))
            .Select(row => new TestCaseData(row.Verb, row.Route).SetArgDisplayNames(row.Verb, row.Route));

    [TestCaseSource(nameof(NamespaceRows))]
    public async Task Another_namespace_looks_as_if_it_were_not_there(string verb, string route)
    {
        using var client = _host.Client(_host.AddKey(Roles.Admin, "tenant-a"));
        using var others = await SendAsync(client, verb, Fill(route));
        using var invalid = await SendAsync(client, verb, Fill(route, "No-Name"));
        var (problem, nobodys) = (await others.ProblemAsync(), await invalid.ProblemAsync());
        Assert.That(problem.Status, Is.EqualTo(404));
        Assert.That((problem.Code, problem.Detail), Is.EqualTo((nobodys.Code, nobodys.Detail)));
    }

    [Test]
    public async Task A_tenants_key_works_in_its_own_namespace()
    {
        using var client = _host.Client(_host.AddKey(Roles.Operator, "tenant-a"));
        using var response = await client.PostTextAsync("/api/namespaces/tenant-a/jobs", """{"method":"a"}""");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Sums_over_all_namespaces_are_not_for_a_tenant()
    {
        using var client = _host.Client(_host.AddKey(Roles.Admin, "tenant-a"));
        using var response = await client.GetAsync("/api/stats");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task The_whole_brokers_audit_log_is_not_for_a_tenant()
    {
        using var client = _host.Client(_host.AddKey(Roles.Admin, "tenant-a"));
        Assert.That((await client.GetAsync("/api/audit")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await client.GetAsync("/api/audit/export")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(
            (await client.GetAsync("/api/namespaces/tenant-a/audit")).StatusCode,
            Is.EqualTo(HttpStatusCode.OK)
        );
        Assert.That(_host.Broker.LastAuditSearch!.Namespace, Is.EqualTo("tenant-a"));
    }

    [TestCase("127.0.0.0/8", true)]
    [TestCase("10.0.0.0/8", false)]
    public async Task A_key_that_is_bound_to_addresses_is_no_key_elsewhere(string range, bool opens)
    {
        using var client = _host.Client(_host.AddKey(Roles.Viewer, addresses: [range]));
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "10.1.2.3");
        using var response = await client.GetAsync(ApiHost.Jobs);
        Assert.That(response.StatusCode, Is.EqualTo(opens ? HttpStatusCode.OK : HttpStatusCode.Unauthorized));
    }

    [TestCase("Bearer nonsense")]
    [TestCase("Basic YTpi")]
    [TestCase("Bearer szk_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_wrong_key_is_no_key(string header)
    {
        using var client = _host.Client(null);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);
        using var response = await client.GetAsync(ApiHost.Jobs);
        Assert.That((await response.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Unauthenticated));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_right_id_with_another_secret_is_refused()
    {
        var stolen = $"{_host.AdminKey.Reveal()[..17]}{ApiKey.Generate().Reveal()[17..]}";
        using var client = _host.Client(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stolen);
        using var response = await client.GetAsync(ApiHost.Jobs);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task An_expired_key_is_refused()
    {
        using var client = _host.Client(_host.AddKey(Roles.Admin, expiresAt: ApiHost.Noon));
        using var response = await client.GetAsync(ApiHost.Jobs);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_key_without_roles_may_nothing()
    {
        using var client = _host.Client(_host.AddKey(role: null));
        using var response = await client.GetAsync(ApiHost.Jobs);
        Assert.That(
            response.StatusCode,
            Is.EqualTo(HttpStatusCode.NotFound),
            "the answer does not even say that there are namespaces"
        );
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string verb, string path)
    {
        var request = new HttpRequestMessage(new HttpMethod(verb), path);
        if (verb is "POST" or "PUT" or "PATCH")
        {
            request.Content = HttpWords.Json("{}");
        }

        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
