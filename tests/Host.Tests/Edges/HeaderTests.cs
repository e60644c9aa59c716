using ScheduleZero.Broker.Host;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>The security headers of every kind of answer.</summary>
internal sealed class HeaderTests
{
    private const string Page = "https://app.example.org";

    private static IEnumerable<TestCaseData> Answers()
    {
        static TestCaseData Case(int status, string verb, string path, string? body = null) =>
            new TestCaseData(status, verb, path, body).SetArgDisplayNames($"{status} {verb} {path}");
        yield return Case(200, "GET", "/health/live");
        yield return Case(200, "GET", "/api/stats");
        yield return Case(201, "POST", ApiHost.Jobs, """{"method":"a"}""");
        yield return Case(400, "POST", ApiHost.Jobs, "{");
        yield return Case(401, "GET", "/api/stats#anonymous");
        yield return Case(403, "POST", $"{ApiHost.Jobs}#viewer", """{"method":"a"}""");
        yield return Case(404, "GET", "/api/nothing");
        yield return Case(405, "DELETE", ApiHost.Jobs);
        yield return Case(405, "TRACE", "/api/stats");
        yield return Case(413, "POST", ApiHost.Jobs, new string('x', 200_000));
        yield return Case(500, "POST", $"{ApiHost.Jobs}#fault", """{"method":"a"}""");
        yield return Case(503, "GET", "/health/ready#unready");
        yield return Case(200, "GET", "/openapi/v1.json");
        yield return Case(200, "GET", "/reference");
        yield return Case(200, "GET", "/reference/page.js");
    }

    [TestCaseSource(nameof(Answers))]
    public async Task Every_answer_carries_them(int status, string verb, string path, string? body)
    {
        await using var host = await ApiHost.StartAsync();
        host.IsReady = !path.EndsWith("unready", StringComparison.Ordinal);
        if (path.EndsWith("fault", StringComparison.Ordinal))
        {
            host.Broker.Override = _ => throw new InvalidOperationException("A fault.");
        }

        using var client = host.Client(
            path.EndsWith("anonymous", StringComparison.Ordinal) ? null
            : path.EndsWith("viewer", StringComparison.Ordinal) ? host.AddKey(Roles.Viewer)
            : host.AdminKey
        );
        using var answer = await client.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), path) { Content = body is null ? null : HttpWords.Json(body) }
        );
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        Check(answer);
        Assert.That(
            answer.Headers.Contains("Strict-Transport-Security"),
            Is.False,
            "the header is not sent over plain HTTP"
        );
    }

    [Test]
    public async Task Too_many_requests_carry_them_too()
    {
        await using var host = await ApiHost.StartAsync(anonymousRequestsPerMinute: 1);
        using var client = host.Client(null);
        using var first = await client.GetAsync("/api/auth/keys");
        using var answer = await client.GetAsync("/api/auth/keys");
        Assert.That((int)answer.StatusCode, Is.EqualTo(429));
        Check(answer);
    }

    [Test]
    public async Task No_page_may_call_unless_its_origin_is_named()
    {
        await using var closed = await ApiHost.StartAsync();
        await using var open = await ApiHost.StartAsync(corsOrigins: [Page]);
        foreach (
            var (host, origin, expected) in new (ApiHost, string, string?)[]
            {
                (closed, Page, null),
                (open, Page, Page),
                (open, "https://evil.example", null),
                (open, "https://app.example.org.evil.example", null),
                (open, "http://app.example.org", null),
                (open, "null", null),
            }
        )
        {
            foreach (var verb in new[] { HttpMethod.Options, HttpMethod.Get })
            {
                using var request = new HttpRequestMessage(verb, "/api/stats");
                request.Headers.Add("Origin", origin);
                request.Headers.Add("Access-Control-Request-Method", "GET");
                using var answer = await host.Admin.SendAsync(request);
                Assert.That(
                    Value(answer, "Access-Control-Allow-Origin"),
                    Is.EqualTo(expected),
                    $"{verb} from {origin}"
                );
                Assert.That(answer.Headers.Contains("Access-Control-Allow-Credentials"), Is.False);
                Check(answer);
            }
        }
    }

    [Test]
    public async Task A_page_that_may_call_can_read_refusals()
    {
        await using var host = await ApiHost.StartAsync(corsOrigins: [Page]);
        using var client = host.Client(null);
        client.DefaultRequestHeaders.Add("Origin", Page);
        using var answer = await client.GetAsync("/api/stats");
        Assert.That((int)answer.StatusCode, Is.EqualTo(401));
        Assert.That(Value(answer, "Access-Control-Allow-Origin"), Is.EqualTo(Page));
        Assert.That(Value(answer, "Access-Control-Expose-Headers"), Does.Contain("Retry-After"));
    }

    [TestCase("*")]
    [TestCase("https://*.example.org")]
    [TestCase("null")]
    [TestCase("app.example.org")]
    [TestCase("https://app.example.org/")]
    [TestCase("https://app.example.org/page")]
    [TestCase("https://user@app.example.org")]
    [TestCase("ftp://app.example.org")]
    public void What_is_no_exact_origin_is_refused(string origin) =>
        Assert.That(
            () => BrokerArguments.Read(["--cors-origin", origin], _ => null).Validate(),
            Throws.TypeOf<BrokerSettingsException>().With.Message.Contains("--cors-origin")
        );

    [TestCase("https://app.example.org")]
    [TestCase("http://localhost:3000")]
    public void An_exact_origin_is_taken(string origin)
    {
        Assert.That(
            BrokerArguments.Read(["--cors-origin", origin], _ => null).CorsOrigins,
            Is.EqualTo(new[] { origin })
        );
        Assert.That(
            () => BrokerArguments.Read([], name => name == "SCHEDULEZERO_CORS_ORIGINS" ? origin : null).Validate(),
            Throws.Nothing
        );
    }

    private static void Check(HttpResponseMessage answer)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Value(answer, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
            Assert.That(Value(answer, "X-Frame-Options"), Is.EqualTo("DENY"));
            Assert.That(Value(answer, "Referrer-Policy"), Is.EqualTo("no-referrer"));
            Assert.That(
                Value(answer, "Content-Security-Policy"),
                Does.Contain("default-src 'none'").And.Contain("frame-ancestors 'none'")
            );
            Assert.That(Value(answer, "Permissions-Policy"), Does.Contain("camera=()"));
            Assert.That(Value(answer, "Cross-Origin-Resource-Policy"), Is.EqualTo("same-origin"));
            Assert.That(Value(answer, "Cross-Origin-Opener-Policy"), Is.EqualTo("same-origin"));
            Assert.That(Value(answer, "Cache-Control"), Is.Not.Null);
            Assert.That(answer.Headers.Server, Is.Empty);
            Assert.That(answer.Headers.Contains("X-Powered-By"), Is.False);
        }
    }

    private static string? Value(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
