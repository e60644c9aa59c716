using System.Net;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Lists of jobs by a text in params, and of jobs that replay others.</summary>
[Parallelizable]
public sealed class JobParamsSearchTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase("?params=2026-10", 2)]
    [TestCase("?params=%22MONTH%22%3A", 3)]
    [TestCase("?params=2026-11", 0)]
    [TestCase("?params=2026-10&state=failed", 1)]
    [TestCase("?params=2026-10&state=running", 1)]
    [TestCase("?params=2026-11&state=running", 0)]
    [TestCase("?params=2026-10&include=params", 2)]
    public async Task Jobs_are_found_by_a_text_in_their_params_running_ones_too(string query, int count)
    {
        Put(JobState.Failed, """{"month":"2026-10"}""");
        Put(JobState.Running, """{"month":"2026-10"}""");
        Put(JobState.Running, """{"month":"2026-12"}""");
        var page = await (await _host.Admin.GetAsync(ApiHost.Jobs + query)).BodyAsync();
        var items = page.GetProperty("items").EnumerateArray().ToList();
        Assert.That(items, Has.Count.EqualTo(count));
        Assert.That(
            items.Select(item => item.TryGetProperty("params", out _)),
            Is.All.EqualTo(query.Contains("include", StringComparison.Ordinal))
        );
    }

    [Test]
    public async Task A_page_of_running_jobs_ends_when_it_has_read_many_bytes()
    {
        var large = $"\"{new string('x', JobSearch.ParamsBytesPerPage / 4)}\"";
        for (var count = 0; count < 6; count++)
        {
            Put(JobState.Running, large);
        }

        var path = $"{ApiHost.Jobs}?state=running&params=nowhere";
        var first = await (await _host.Admin.GetAsync(path)).BodyAsync();
        Assert.That(first.GetProperty("items").GetArrayLength(), Is.Zero);
        var cursor = first.GetProperty("nextCursor").GetString();
        var last = await (await _host.Admin.GetAsync($"{path}&cursor={cursor}")).BodyAsync();
        Assert.That(last.TryGetProperty("nextCursor", out _), Is.False);
    }

    [TestCase("?params=", "params")]
    [TestCase("?params=%00", "params")]
    [TestCase("?params=a&params=b", "params")]
    [TestCase("?replays=perhaps", "replays")]
    [TestCase("/counts?params=a", "params")]
    public async Task What_makes_no_sense_is_refused_and_the_field_is_named(string query, string field)
    {
        using var response = await _host.Admin.GetAsync(ApiHost.Jobs + query);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { field }));
    }

    [Test]
    public async Task A_text_that_is_too_long_is_refused()
    {
        using var right = await _host.Admin.GetAsync($"{ApiHost.Jobs}?params={new string('x', 200)}");
        Assert.That(right.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var wrong = await _host.Admin.GetAsync($"{ApiHost.Jobs}?params={new string('x', 201)}");
        Assert.That((await wrong.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "params" }));
    }

    [TestCase("", false)]
    [TestCase("?replays=false", false)]
    [TestCase("?replays=true", true)]
    public async Task Replays_are_asked_for(string query, bool isAsked)
    {
        using var response = await _host.Admin.GetAsync(ApiHost.Jobs + query);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_host.Broker.LastJobSearch!.Replays, Is.EqualTo(isAsked));
    }

    [Test]
    public async Task A_bulk_act_takes_the_text_and_refuses_one_that_is_none()
    {
        using var wrong = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/bulk",
            """{"action":"cancel","filter":{"params":""}}"""
        );
        Assert.That((await wrong.ProblemAsync()).Errors, Does.ContainKey("filter.params"));
        using var right = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/bulk",
            """{"action":"cancel","filter":{"params":"2026-10"},"dryRun":true}"""
        );
        Assert.That((await right.BodyAsync()).GetProperty("matched").GetInt32(), Is.Zero);
    }

    [Test]
    public async Task A_bulk_act_is_about_jobs_with_the_text_alone()
    {
        for (var number = 0; number < 50; number++)
        {
            Put(JobState.Scheduled, $$"""{"month":"2026-{{10 + (number % 2)}}"}""");
        }

        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/bulk",
            """{"action":"cancel","filter":{"params":"2026-10"},"dryRun":true}"""
        );
        Assert.That((await response.BodyAsync()).GetProperty("matched").GetInt32(), Is.EqualTo(25));
    }

    private void Put(JobState state, string parameters)
    {
        var job = SampleJobs.Put(_host, state);
        _host.Broker.Put(_host.Broker.State.Stored[job.Id] with { Params = RawJson.Parse(parameters) });
    }
}
