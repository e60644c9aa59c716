using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>A name with a slip is refused, and the answer has the right name. A slip never becomes a default.</summary>
[Parallelizable]
public sealed class UnknownNameTests
{
    private ApiHost _host = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase("jobs", """{"method":"a","tiemout":"PT1M"}""", "tiemout", "timeout")]
    [TestCase("jobs", """{"method":"a","retry":{"maxAttempt":3}}""", "retry.maxAttempt", "maxAttempts")]
    [TestCase("jobs", """{"method":"a","concurency":{"key":"k"}}""", "concurency", "concurrency")]
    [TestCase("jobs/batch", """{"jobs":[{"method":"a"},{"method":"a","priorty":1}]}""", "jobs[1].priorty", "priority")]
    [TestCase(
        "schedules",
        """{"name":"n","overlp":"skip","trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"a"}}""",
        "overlp",
        "overlap"
    )]
    [TestCase(
        "schedules",
        """{"name":"n","trigger":{"kind":"cron","expression":"0 2 * * *","timeZne":"Europe/Berlin"},"job":{"method":"a"}}""",
        "trigger.timeZne",
        "timeZone"
    )]
    [TestCase("schedules/preview", """{"trigger":{"kind":"interval","every":"PT1M"},"conut":3}""", "conut", "count")]
    [TestCase("calendars", """{"name":"c","weekday":["sunday"]}""", "weekday", "weekdays")]
    [TestCase("keys", """{"kind":"service","role":["viewer"]}""", "role", "roles")]
    [TestCase("batches", """{"jobs":[{"method":"a"}],"onCompleted":{"method":"b"}}""", "onCompleted", "onComplete")]
    public async Task A_slip_in_a_field_is_refused_with_the_name_that_was_meant(
        string address,
        string body,
        string field,
        string meant
    )
    {
        _host.Broker.Inputs.Clear();
        using var answer = await _host.Admin.PostTextAsync($"/api/namespaces/default/{address}", body);
        var problem = await answer.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Is.EqualTo(new[] { field }));
        Assert.That(problem.Errors[field].Single(), Is.EqualTo($"There is no such field here. Is \"{meant}\" meant?"));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [TestCase("overlap", "skip,queue")]
    [TestCase("misfire", "none, latest")]
    [TestCase("overlap", "1")]
    public async Task Several_words_where_one_is_taken_are_refused(string field, string words)
    {
        using var answer = await _host.Admin.PostTextAsync(
            ApiHost.Schedules,
            $$"""
            {"name":"n","{{field}}":"{{words}}","trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"a"} }
            """
        );
        var problem = await answer.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Is.EqualTo(new[] { field }));
    }

    [Test]
    public async Task A_field_that_is_near_none_is_refused_with_those_that_there_are()
    {
        using var answer = await _host.Admin.PostTextAsync(
            "/api/namespaces/default/schedules/n/pause",
            """{"because":"of rain"}"""
        );
        Assert.That((await answer.ProblemAsync()).Errors!["because"].Single(), Does.Contain("note, resumeAt"));
    }

    [TestCase("""{"method":"a","a' could not be mapped to any .NET member contained in type 'b":1}""")]
    [TestCase("""{"method":"a","":1}""")]
    [TestCase("""{"method":"a","line\nbreak":1}""")]
    public async Task A_hostile_name_is_refused_like_any_other(string body)
    {
        using var answer = await _host.Admin.PostTextAsync(ApiHost.Jobs, body);
        var problem = await answer.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Values.Single().Single(), Does.StartWith("There is no such field here. Known are"));
    }

    [Test]
    public async Task A_long_name_is_not_said_back_whole()
    {
        using var answer = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            $$"""{"method":"a","{{new string('x', 900)}}":1}"""
        );
        Assert.That((await answer.ProblemAsync()).Errors!.Keys.Single(), Has.Length.LessThan(100));
        using var query = await _host.Admin.GetAsync($"{ApiHost.Jobs}?{new string('x', 900)}=1");
        Assert.That((await query.ProblemAsync()).Errors!.Keys.Single(), Has.Length.LessThan(100));
    }

    [Test]
    public async Task What_stands_in_params_is_the_callers_own()
    {
        using var answer = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            """{"method":"a","params":{"tiemout":1,"nested":[{"anything":null}]}}"""
        );
        Assert.That((int)answer.StatusCode, Is.EqualTo(201), await answer.Content.ReadAsStringAsync());
        Assert.That((await answer.BodyAsync()).GetProperty("params").GetRawText(), Does.Contain("tiemout"));
    }

    [Test]
    public async Task Every_route_refuses_parameters_that_it_does_not_describe_and_a_second_value_where_one_is_taken()
    {
        using var described = await _host.Admin.GetAsync("/openapi/v1.json");
        var document = await described.BodyAsync();
        var routes = 0;
        foreach (var (verb, path, operation) in Operations(document))
        {
            var address = path.Replace("{ns}", "default", StringComparison.Ordinal)
                .Replace("{", "", StringComparison.Ordinal)
                .Replace("}", "", StringComparison.Ordinal);
            await ShouldNameAsync(verb, $"{address}?zzzzzzzz=1", "zzzzzzzz", "There is no such parameter here");
            foreach (var parameter in Parameters(operation))
            {
                var name = parameter.GetProperty("name").GetString()!;
                if (
                    !parameter
                        .GetProperty("schema")
                        .GetProperty("type")
                        .GetRawText()
                        .Contains("array", StringComparison.Ordinal)
                )
                {
                    await ShouldNameAsync(verb, $"{address}?{name}=1&{name}=1", name, "takes one value");
                }
            }

            routes++;
        }

        Assert.That(routes, Is.GreaterThan(70));
    }

    [Test]
    public async Task A_slip_in_a_parameter_is_refused_with_the_name_that_was_meant()
    {
        using var answer = await _host.Admin.GetAsync($"{ApiHost.Jobs}?stat=failed");
        Assert.That(
            (await answer.ProblemAsync()).Errors!["stat"].Single(),
            Is.EqualTo("There is no such parameter here. Is \"state\" meant?")
        );
    }

    [Test]
    public async Task Several_states_are_asked_for_by_repeating_the_parameter()
    {
        using var answer = await _host.Admin.GetAsync($"{ApiHost.Jobs}?state=failed&state=succeeded");
        Assert.That((int)answer.StatusCode, Is.EqualTo(200), await answer.Content.ReadAsStringAsync());
        Assert.That(_host.Broker.LastJobSearch!.States, Is.EquivalentTo(new[] { JobState.Failed, JobState.Succeeded }));
        Assert.That(_host.Broker.LastJobSearch.State, Is.Null);

        using var slip = await _host.Admin.GetAsync($"{ApiHost.Jobs}?state=failed&state=asleep");
        Assert.That((await slip.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "state" }));
        using var joined = await _host.Admin.GetAsync($"{ApiHost.Jobs}?state=failed,succeeded");
        Assert.That((await joined.ProblemAsync()).Errors!["state"].Single(), Does.Contain("repeat the parameter"));
    }

    private async Task ShouldNameAsync(string verb, string address, string name, string reason)
    {
        using var answer = await _host.Admin.SendAsync(new HttpRequestMessage(new HttpMethod(verb), address));
        Assert.That((int)answer.StatusCode, Is.EqualTo(400), $"{verb} {address}");
        Assert.That((await answer.ProblemAsync()).Errors![name].Single(), Does.Contain(reason), $"{verb} {address}");
    }

    private static IEnumerable<(string Verb, string Path, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (operation.Name.ToUpperInvariant(), path.Name, operation.Value);

    private static IEnumerable<JsonElement> Parameters(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var all)
            ? all.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query")
            : [];
}
