using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>
/// JSON can spell half a surrogate pair (<c>\ud800</c>), which is no character. Such a text is refused by its field, in
/// every field.
/// </summary>
internal sealed class LoneSurrogateTests
{
    private const string Trigger = "\"trigger\":{\"kind\":\"interval\",\"every\":\"PT1H\"}";
    private const string LoneSchema = """{"properties":{"\ud800":{"type":"string"}}}""";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private static IEnumerable<TestCaseData> Bodies()
    {
        static TestCaseData Case(string path, string body, string field) =>
            new TestCaseData($"/api/namespaces/default/{path}", body, field).SetArgDisplayNames(path, body);
        yield return Case("jobs", """{"method":"a","params":"\ud800"}""", "params");
        yield return Case("jobs", """{"method":"a","params":{"a":["x\uDFFFx"]}}""", "params");
        yield return Case("jobs", """{"method":"a","params":{"\ud83d":1}}""", "params");
        yield return Case("jobs", """{"method":"a","params":"\ud83d\ud83d\ude00"}""", "params");
        yield return Case("jobs", """{"method":"a","tags":["\ud800"]}""", "tags[0]");
        yield return Case("jobs", """{"method":"a","deduplicationKey":"\ud800"}""", "deduplicationKey");
        yield return Case("jobs", """{"method":"a","concurrency":{"key":"\ud800"}}""", "concurrency.key");
        yield return Case(
            "batches",
            """{"jobs":[{"method":"a"},{"method":"a","params":"\ud800"}]}""",
            "jobs[1].params"
        );
        yield return Case(
            "batches",
            """{"jobs":[{"method":"a"}],"onComplete":{"method":"a","params":"\ud800"}}""",
            "onComplete.params"
        );
        yield return Case("batches", """{"name":"\ud800","jobs":[{"method":"a"}]}""", "name");
        yield return Case(
            "schedules",
            $$$"""{"name":"s",{{{Trigger}}},"job":{"method":"a","params":"\ud800"}}""",
            "job.params"
        );
        yield return Case("schedules", $$$"""{"name":"s",{{{Trigger}}},"job":{"method":"\ud800"}}""", "job.method");
        yield return Case(
            "schedules/apply",
            $$$"""{"schedules":[{"name":"s",{{{Trigger}}},"job":{"method":"a","params":"\ud800"}}]}""",
            "schedules[0].job.params"
        );
        yield return Case("keys", """{"kind":"service","name":"\ud800","roles":["viewer"]}""", "name");
        yield return Case("enrolments", """{"handler":"\ud800"}""", "handler");
    }

    [TestCaseSource(nameof(Bodies))]
    public async Task Half_a_surrogate_pair_is_refused_by_its_field(string path, string body, string field)
    {
        foreach (var schema in new[] { null, """{"type":"object"}""" })
        {
            Offer(schema);
            using var response = await _host.Admin.PostTextAsync(path, body);
            var problem = await response.ProblemAsync();
            Assert.That((problem.Status, problem.Code), Is.EqualTo((400, ErrorCodes.Invalid)));
            Assert.That(problem.Errors!.Keys, Is.EqualTo(new[] { field }));
        }

        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [Test]
    public async Task A_batch_of_single_jobs_refuses_the_one_that_holds_it()
    {
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            """{"jobs":[{"method":"a"},{"method":"a","params":"\ud800"}]}"""
        );
        var items = (await response.BodyAsync()).GetProperty("items");
        Assert.That(
            items.EnumerateArray().Select(item => item.GetProperty("status").GetInt32()),
            Is.EqualTo(new[] { 201, 400 })
        );
        Assert.That(
            items[1].GetProperty("problem").GetProperty("errors").TryGetProperty("jobs[1].params", out _),
            Is.True
        );
    }

    [TestCase("""{"method":"a","params":"\ud83d\ude00"}""")]
    [TestCase("""{"method":"a","params":"\\ud800"}""")]
    [TestCase("""{"method":"a","params":"\"\\\\ud800 \uD7FF\uE000"}""")]
    public async Task What_is_a_character_is_taken(string body)
    {
        Offer("""{"type":"string"}""");
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task A_schema_that_holds_it_is_not_used_and_the_list_says_why()
    {
        Offer(LoneSchema);
        _host.Broker.State.MethodViews =
        [
            new MethodView("a", null, RawJson.Parse(LoneSchema), ["office-7"]),
            new MethodView("b", null, default, ["office-7"]),
        ];
        using var methods = await _host.Admin.GetAsync("/api/namespaces/default/methods");
        Assert.That(methods.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await methods.Content.ReadAsStringAsync(), Does.Contain("surrogate"));
        using var job = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"a","params":{}}""");
        Assert.That(job.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Params_of_an_older_version_that_hold_it_are_shown_and_cannot_be_checked()
    {
        var id = new JobId(Guid.CreateVersion7());
        var ended = new Job
        {
            Id = id,
            Namespace = "default",
            Spec = new JobSpec { Method = "a" },
            State = JobState.Succeeded,
            RunAt = ApiHost.Noon,
            EnqueuedAt = ApiHost.Noon,
            CreatedBy = "test",
        };
        _host.Broker.Put(new StoredJob(ended, RawJson.Parse("""{"\ud800":"\udfff"}"""), default));
        using var read = await _host.Admin.GetAsync($"{ApiHost.Jobs}/{id}");
        Assert.That(await read.Content.ReadAsStringAsync(), Does.Contain("""{"\ud800":"\udfff"}"""));
        Offer("""{"type":"object"}""");
        using var replay = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/{id}/replay", "");
        Assert.That((await replay.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "params" }));
    }

    private void Offer(string? schema) =>
        _host.Schemas.Put(
            new Effect.OffersChanged(
                "default",
                "s1",
                "office-7",
                [],
                new Dictionary<string, OfferedMethod>
                {
                    ["a"] = new() { Name = "a", ParamsSchema = schema is null ? default : RawJson.Parse(schema) },
                }
            )
        );
}
