using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Schemas;

/// <summary>Params are checked against the schemas that handlers publish.</summary>
internal sealed class MethodSchemasTests
{
    private const string MonthNeeded = """{"properties":{"month":{"type":"string"}},"required":["month"]}""";
    private const string PageNeeded = """{"properties":{"page":{"type":"integer"}},"required":["page"]}""";
    private const string Unusable = """{"patternProperties":{"a":true}}""";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_job_is_refused_by_the_path_in_its_params()
    {
        Offer("s1", MonthNeeded);
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            """{"method":"report","params":{"month":10}}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var problem = await response.ProblemAsync();
        Assert.That((problem.Code, problem.Errors!.Keys.Single()), Is.EqualTo((ErrorCodes.Invalid, "params.month")));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [TestCase("""{"method":"report","params":{"month":"10"}}""")]
    [TestCase("""{"method":"other","params":{"month":10}}""")]
    [TestCase("""{"method":"report","handler":"another","params":{"month":10}}""")]
    [TestCase("""{"method":"report","group":"another","params":{"month":10}}""")]
    public async Task A_job_that_fits_or_is_for_others_is_taken(string job)
    {
        Offer("s1", MonthNeeded);
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, job);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task A_job_without_params_is_checked_as_an_empty_object()
    {
        Offer("s1", MonthNeeded);
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"report"}""");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "params" }));
    }

    [Test]
    public async Task Each_item_of_a_batch_is_judged_by_itself()
    {
        Offer("s1", MonthNeeded);
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            """{"jobs":[{"method":"report","params":{"month":"10"}},{"method":"report","params":{"month":10}}]}"""
        );
        var items = (await response.BodyAsync()).GetProperty("items");
        Assert.That(items[0].GetProperty("status").GetInt32(), Is.EqualTo(201));
        Assert.That(items[1].GetProperty("status").GetInt32(), Is.EqualTo(400));
        Assert.That(
            items[1].GetProperty("problem").GetProperty("errors").TryGetProperty("jobs[1].params.month", out _),
            Is.True
        );
    }

    [Test]
    public async Task A_replay_is_held_against_the_schema_of_today()
    {
        var id = new JobId(Guid.CreateVersion7());
        var ended = new Job
        {
            Id = id,
            Namespace = "default",
            Spec = new JobSpec { Method = "report" },
            State = JobState.Succeeded,
            RunAt = ApiHost.Noon,
            EnqueuedAt = ApiHost.Noon,
            CreatedBy = "test",
        };
        _host.Broker.Put(new StoredJob(ended, RawJson.Parse("{}"), default));
        using var before = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/{id}/replay", "");
        Offer("s1", MonthNeeded);
        using var after = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/{id}/replay", "");
        Assert.That(before.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await after.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "params" }));
    }

    [TestCase("""{"month":10}""", 400)]
    [TestCase("""{"month":"10"}""", 201)]
    public async Task A_schedule_is_checked_when_it_is_saved(string parameters, int status)
    {
        Offer("s1", MonthNeeded);
        var schedule =
            $$$"""{"name":"monthly","trigger":{"kind":"cron","expression":"0 2 1 * *"},"job":{"method":"report","params":{{{parameters}}}}}""";
        using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, schedule);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        if (status == 400)
        {
            Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "job.params.month" }));
        }
    }

    [TestCase("""{"title":"TITLE","required":["month"]}""")]
    [TestCase(null)]
    [TestCase(Unusable)]
    [TestCase(PageNeeded)]
    public async Task One_session_that_would_take_the_params_is_enough(string? other)
    {
        Offer("s1", MonthNeeded);
        Offer("s2", other);
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            """{"method":"report","params":{"page":1}}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task What_no_session_would_take_is_refused()
    {
        Offer("s1", MonthNeeded);
        Offer("s2", PageNeeded);
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"report","params":{}}""");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_session_that_has_ended_or_offers_anew_is_not_asked_any_more()
    {
        Offer("s1", MonthNeeded);
        Offer("s2", MonthNeeded);
        _host.Schemas.Put(new Effect.OffersChanged("default", "s1", "office-7", [], null));
        using var one = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"report"}""");
        Offer("s2", PageNeeded);
        using var two = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"report","params":{"page":1}}""");
        _host.Schemas.Put(new Effect.OffersChanged("default", "s2", "office-7", [], null));
        using var three = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"report"}""");
        Assert.That(
            new[] { one.StatusCode, two.StatusCode, three.StatusCode },
            Is.EqualTo(new[] { HttpStatusCode.BadRequest, HttpStatusCode.Created, HttpStatusCode.Created })
        );
    }

    [Test]
    public async Task Another_namespace_is_another_world()
    {
        Offer("s1", MonthNeeded, "tenant");
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"report"}""");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task The_list_of_methods_says_which_schema_is_not_used()
    {
        _host.Broker.State.MethodViews =
        [
            new MethodView("a", null, RawJson.Parse(Unusable), ["h"]),
            new MethodView("b", null, RawJson.Parse(MonthNeeded), ["h"]),
            new MethodView("c", null, default, ["h"]),
        ];
        using var response = await _host.Admin.GetAsync("/api/namespaces/default/methods");
        var items = (await response.BodyAsync()).GetProperty("items");
        Assert.That(items[0].GetProperty("paramsSchemaProblem").GetString(), Does.Contain("patternProperties"));
        Assert.That(items[1].TryGetProperty("paramsSchemaProblem", out _), Is.False);
        Assert.That(items[2].TryGetProperty("paramsSchemaProblem", out _), Is.False);
    }

    private void Offer(string session, string? schema, string ns = "default") =>
        _host.Schemas.Put(
            new Effect.OffersChanged(
                ns,
                session,
                "office-7",
                ["reports"],
                new Dictionary<string, OfferedMethod>
                {
                    ["report"] = new()
                    {
                        Name = "report",
                        ParamsSchema = schema is null
                            ? default
                            : RawJson.Parse(
                                schema.Replace(
                                    "TITLE",
                                    new string('x', Limits.SchemaBytesMax),
                                    StringComparison.Ordinal
                                )
                            ),
                    },
                }
            )
        );
}
