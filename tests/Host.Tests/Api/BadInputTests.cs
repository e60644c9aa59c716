using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class BadInputTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase("""{"params":{}}""", "method")]
    [TestCase("""{"method":null}""", "method")]
    [TestCase("""{"method":""}""", "method")]
    [TestCase("""{"method":"has space"}""", "method")]
    [TestCase("""{"method":5}""", "method")]
    [TestCase("""{"method":"a","handler":"no/slash"}""", "handler")]
    [TestCase("""{"method":"a","handler":"h","group":"g"}""", "group")]
    [TestCase("""{"method":"a","group":"-g"}""", "group")]
    [TestCase("""{"method":"a","priority":101}""", "priority")]
    [TestCase("""{"method":"a","priority":-101}""", "priority")]
    [TestCase("""{"method":"a","priority":"1"}""", "priority")]
    [TestCase("""{"method":"a","priority":1.5}""", "priority")]
    [TestCase("""{"method":"a","runAt":"tomorrow"}""", "runAt")]
    [TestCase("""{"method":"a","runAt":"9999-01-01T00:00:00Z"}""", "runAt")]
    [TestCase(
        """{"method":"a","runAt":"2026-10-02T00:00:00Z","startDeadline":"2026-10-01T00:00:00Z"}""",
        "startDeadline"
    )]
    [TestCase("""{"method":"a","timeout":"PT0.5S"}""", "timeout")]
    [TestCase("""{"method":"a","timeout":"P8D"}""", "timeout")]
    [TestCase("""{"method":"a","timeout":"P1M"}""", "timeout")]
    [TestCase("""{"method":"a","timeout":60}""", "timeout")]
    [TestCase("""{"method":"a","retry":{"maxAttempts":0}}""", "retry.maxAttempts")]
    [TestCase("""{"method":"a","retry":{"maxAttempts":101}}""", "retry.maxAttempts")]
    [TestCase("""{"method":"a","retry":{"backoff":"quadratic"}}""", "retry.backoff")]
    [TestCase("""{"method":"a","retry":{"backoff":1}}""", "retry.backoff")]
    [TestCase("""{"method":"a","retry":{"firstDelay":"-PT1S"}}""", "retry.firstDelay")]
    [TestCase("""{"method":"a","retry":{"firstDelay":"PT10S","maxDelay":"PT9S"}}""", "retry.maxDelay")]
    [TestCase("""{"method":"a","retry":{"jitter":1.1}}""", "retry.jitter")]
    [TestCase("""{"method":"a","deduplicationKey":""}""", "deduplicationKey")]
    [TestCase("""{"method":"a","rateLimit":{"key":"","limit":1,"period":"PT1S"}}""", "rateLimit.key")]
    [TestCase("""{"method":"a","rateLimit":{"key":"k","limit":0,"period":"PT1S"}}""", "rateLimit.limit")]
    [TestCase("""{"method":"a","rateLimit":{"key":"k","limit":1000001,"period":"PT1S"}}""", "rateLimit.limit")]
    [TestCase("""{"method":"a","rateLimit":{"key":"k","limit":1,"period":"PT0.9S"}}""", "rateLimit.period")]
    [TestCase("""{"method":"a","rateLimit":{"key":"k","limit":1,"period":"P8D"}}""", "rateLimit.period")]
    [TestCase("""{"method":"a","deduplicationWindow":"PT1H"}""", "deduplicationWindow")]
    [TestCase("""{"method":"a","deduplicationKey":"k","deduplicationWindow":"P8D"}""", "deduplicationWindow")]
    [TestCase("""{"method":"a","concurrency":{"limit":2}}""", "concurrency.key")]
    [TestCase("""{"method":"a","concurrency":{"key":"db","limit":0}}""", "concurrency.limit")]
    [TestCase("""{"method":"a","after":[]}""", "after")]
    [TestCase("""{"method":"a","after":["nonsense"]}""", "after[0]")]
    [TestCase("""{"method":"a","after":[null]}""", "after[0]")]
    [TestCase("""{"method":"a","after":["#a"]}""", "after[0]")]
    [TestCase(
        """{"method":"a","after":["0198c0de-0000-7000-8000-000000000001","0198C0DE-0000-7000-8000-000000000001"]}""",
        "after"
    )]
    [TestCase(
        """{"method":"a","after":["0198c0de-0000-7000-8000-000000000001"],"afterFailure":"explode"}""",
        "afterFailure"
    )]
    [TestCase("""{"method":"a","afterFailure":"run"}""", "afterFailure")]
    [TestCase("""{"method":"a","ref":"a"}""", "ref")]
    [TestCase("""{"method":"a","tags":["ok",""]}""", "tags[1]")]
    [TestCase("""{"method":"a","tags":["ok",null]}""", "tags[1]")]
    [TestCase(
        """{"method":"a","tags":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"]}""",
        "tags"
    )]
    [TestCase("""{"method":"a","tags":"one"}""", "tags")]
    [TestCase("null", "$")]
    [TestCase("[]", "$")]
    [TestCase("", "$")]
    public async Task A_bad_job_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var problem = await response.ProblemAsync();
        Assert.That(problem.Code, Is.EqualTo(ErrorCodes.Invalid));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { path }), JsonSerializer.Serialize(problem));
        Assert.That(problem.Errors[path].Single(), Does.Not.Contain("System.").And.Not.Contain("ScheduleZero."));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [TestCase("""{"method":"a",}""", "byte 15")]
    [TestCase("""{"method":"a" """, "not valid JSON")]
    [TestCase("""{"method":"a"} {}""", "not valid JSON")]
    [TestCase("{'method':'a'}", "byte 2")]
    public async Task Malformed_json_is_refused_by_its_place(string body, string expected)
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, body);
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Values.Single().Single(), Does.Contain(expected));
    }

    [Test]
    public async Task Several_faults_are_named_at_once()
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            """{"method":"a b","priority":500,"retry":{"maxAttempts":0}}"""
        );
        Assert.That(
            (await response.ProblemAsync()).Errors!.Keys,
            Is.EquivalentTo(new[] { "method", "priority", "retry.maxAttempts" })
        );
    }

    [Test]
    public async Task Bytes_that_are_not_utf8_are_refused()
    {
        using var content = new ByteArrayContent([.. "{\"method\":\"a\",\"params\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _host.Admin.PostAsync(ApiHost.Jobs, content);
        Assert.That((await response.ProblemAsync()).Errors!["$"].Single(), Does.Contain("UTF-8"));
    }

    [Test]
    public async Task Params_too_deep_are_refused()
    {
        var deep = new string('[', 70) + new string(']', 70);
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, $$"""{"method":"a","params":{{deep}}}""");
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task Params_over_the_limit_are_too_large()
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            $$"""{"method":"a","params":"{{new string('x', 1100)}}"}"""
        );
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((413, ErrorCodes.TooLarge)));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { "params" }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_oversize_body_is_refused_before_it_is_parsed(bool isLengthKnown)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ApiHost.Jobs)
        {
            Content = HttpWords.Json($"\"{new string('x', 200_000)}\""),
        };
        request.Headers.TransferEncodingChunked = !isLengthKnown;
        using var response = await _host.Admin.SendAsync(request);
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((413, ErrorCodes.TooLarge)));
        Assert.That(response.Headers.ConnectionClose, Is.True, "the server reads nothing more on this connection");
    }

    [Test]
    public async Task A_body_of_many_segments_is_read_whole()
    {
        var space = new string(' ', 60_000);
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            $$$"""{{{{space}}}"method":"a","params":{"n":7}}"""
        );
        Assert.That((await response.BodyAsync()).GetProperty("params").GetProperty("n").GetInt32(), Is.EqualTo(7));
    }

    [Test]
    public async Task Another_media_type_is_refused()
    {
        using var response = await _host.Admin.PostAsync(
            ApiHost.Jobs,
            new StringContent("method=a", Encoding.UTF8, "text/plain")
        );
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(415));
    }

    [Test]
    public async Task Another_charset_is_refused()
    {
        using var response = await _host.Admin.PostAsync(
            ApiHost.Jobs,
            new StringContent("""{"method":"a"}""", Encoding.Latin1, "application/json")
        );
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(415));
    }

    [TestCase("DELETE", "/api/namespaces/default/jobs", 405)]
    [TestCase("GET", "/api/nothing", 404)]
    [TestCase("GET", "/", 404)]
    public async Task Routing_refuses_with_problem_details_and_headers(string verb, string path, int status)
    {
        using var response = await _host.Admin.SendAsync(new HttpRequestMessage(new HttpMethod(verb), path));
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(status));
        Assert.That(response.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }));
        Assert.That(response.Headers.GetValues("X-Frame-Options"), Is.EqualTo(new[] { "DENY" }));
        Assert.That(response.Headers.GetValues("Referrer-Policy"), Is.EqualTo(new[] { "no-referrer" }));
        Assert.That(response.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("default-src 'none'"));
        Assert.That(response.Headers.Contains("Server"), Is.False);
        Assert.That(response.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
    }

    [TestCase("?limit=0", "limit")]
    [TestCase("?limit=501", "limit")]
    [TestCase("?limit=x", "limit")]
    [TestCase("?state=asleep", "state")]
    [TestCase("?state=3", "state")]
    [TestCase("?method=a%20b", "method")]
    [TestCase("?from=yesterday", "from")]
    [TestCase("?to=0001-01-01T00:00:00Z", "to")]
    [TestCase("?tag=", "tag")]
    [TestCase("?cursor=bad", "cursor")]
    [TestCase("?state=running&cursor=bad", "cursor")]
    public async Task A_bad_query_is_refused_by_its_parameter(string query, string parameter)
    {
        using var response = await _host.Admin.GetAsync(ApiHost.Jobs + query);
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { parameter }));
    }

    [TestCase("PT6M")]
    [TestCase("30")]
    [TestCase("-PT1S")]
    public async Task A_bad_wait_is_refused(string wait)
    {
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}?wait={wait}", """{"method":"a"}""");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "wait" }));
    }

    [Test]
    public async Task A_full_broker_says_when_to_come_back()
    {
        _host.Broker.Override = _ => throw new BrokerBusyException();
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        Assert.That((await response.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(response.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task A_stopped_broker_does_not_promise_anything()
    {
        _host.Broker.Override = _ => throw new BrokerStoppedException("secret inside");
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((503, ErrorCodes.Unavailable)));
        Assert.That(problem.Detail, Does.Contain("not known").And.Not.Contain("secret"));
    }

    [Test]
    public async Task A_fault_of_ours_shows_nothing_of_the_inside()
    {
        _host.Broker.Override = _ => throw new InvalidOperationException("secret inside");
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Not.Contain("secret"));
    }

    [TestCase(ErrorCodes.NotFound, 404)]
    [TestCase(ErrorCodes.Conflict, 409)]
    [TestCase(ErrorCodes.Invalid, 400)]
    [TestCase(ErrorCodes.Forbidden, 403)]
    public async Task A_refusal_of_the_loop_keeps_its_code(string code, int status)
    {
        _host.Broker.Override = _ => new Answer.Refused(code, "Because.");
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/{Guid.CreateVersion7()}/retry", "");
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code, problem.Detail), Is.EqualTo((status, code, "Because.")));
    }
}
