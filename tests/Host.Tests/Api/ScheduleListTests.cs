using System.Net;
using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The order and the filters of the list of schedules, and runs with other params.</summary>
[Parallelizable]
public sealed class ScheduleListTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task The_order_next_pages_by_instant_then_by_name_and_puts_those_without_one_last()
    {
        await AddAsync("late", Noon.AddHours(2));
        await AddAsync("twin-b", Noon);
        await AddAsync("twin-a", Noon);
        await AddAsync("ended", next: null);
        await AddAsync("a-paused", Noon, paused: true);
        List<string> names = [];
        string? cursor = null;
        do
        {
            var page = await ReadAsync($"?order=next&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            names.AddRange(NamesOf(page));
            cursor = page.TryGetProperty("nextCursor", out var next) ? Uri.EscapeDataString(next.GetString()!) : null;
        } while (cursor is not null);

        Assert.That(names, Is.EqualTo(new[] { "twin-a", "twin-b", "late", "a-paused", "ended" }));
    }

    [TestCase("?state=paused", "resting")]
    [TestCase("?state=paused&state=ended", "over", "resting")]
    [TestCase("?state=stopped", "still")]
    [TestCase("?state=active", "busy")]
    [TestCase("?method=other.method", "busy")]
    [TestCase("?handler=box", "busy")]
    [TestCase("?calendar=holidays", "over")]
    [TestCase("?offline=run", "busy")]
    [TestCase("?q=OTHER", "busy")]
    [TestCase("?q=disk", "resting")]
    [TestCase("?q=nothing-has-this")]
    [TestCase("?state=active&q=rest")]
    public async Task Filters_leave_the_schedules_that_pass_all_of_them(string query, params string[] expected)
    {
        await AddAsync("busy", Noon);
        await AddAsync("resting", Noon, paused: true);
        await AddAsync("over", next: null);
        await AddAsync("still", Noon);
        var state = _host.Broker.State.ByName;
        var busy = state[("default", "busy")];
        state[("default", "busy")] = busy with
        {
            Job = busy.Job with { Method = "other.method", Handler = "box" },
            Offline = OfflinePolicy.Run,
        };
        state[("default", "over")] = state[("default", "over")] with { ExcludeCalendars = ["holidays"] };
        state[("default", "resting")] = state[("default", "resting")] with { PauseNote = "disk is full" };
        state[("default", "still")] = state[("default", "still")] with { Stopped = "no zone" };
        Assert.That(NamesOf(await ReadAsync(query)), Is.EqualTo(expected));
    }

    [TestCase("?order=later", "order")]
    [TestCase("?order=Next", "order")]
    [TestCase("?order=next&cursor=x", "cursor")]
    [TestCase("?order=next&cursor=~x", "cursor")]
    [TestCase("?state=asleep", "state")]
    [TestCase("?offline=never", "offline")]
    [TestCase("?method=has%20space", "method")]
    [TestCase("?handler=no%2Fslash", "handler")]
    [TestCase("?calendar=-c", "calendar")]
    [TestCase("?q=%00", "q")]
    [TestCase("?stat=paused", "stat")]
    public async Task A_query_that_makes_no_sense_is_refused_by_its_name(string query, string field)
    {
        using var response = await _host.Admin.GetAsync($"{ApiHost.Schedules}{query}");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { field }));
    }

    [TestCase("""{"params":{"full":false}}""", """{"full":false}""")]
    [TestCase("""{"params":null}""", "null")]
    [TestCase("{}", """{"full":true}""")]
    public async Task A_run_has_the_params_that_are_given_or_those_of_the_schedule(string body, string expected)
    {
        await SampleSchedules.CreateAsync(_host);
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Schedules}/nightly/trigger", body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await response.BodyAsync()).GetProperty("params").GetRawText(), Is.EqualTo(expected));
        using var saved = await _host.Admin.GetAsync($"{ApiHost.Schedules}/nightly");
        var template = (await saved.BodyAsync()).GetProperty("job").GetProperty("params");
        Assert.That(template.GetRawText(), Is.EqualTo("""{"full":true}"""));
    }

    [TestCase("""{"params":""", "params")]
    [TestCase("""{"parms":{}}""", "parms")]
    [TestCase("""{"params":"\ud800"}""", "params")]
    public async Task A_run_that_makes_no_sense_is_refused(string body, string field)
    {
        await SampleSchedules.CreateAsync(_host);
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Schedules}/nightly/trigger", body);
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Errors!.Keys.Single()), Is.EqualTo((400, field)));
    }

    [Test]
    public async Task Other_params_take_the_permission_to_run_the_method_too()
    {
        await SampleSchedules.CreateAsync(_host);
        var role = _host.AddRole(new RoleRule { Permissions = ["schedules:trigger"] });
        using var client = _host.ClientOf(_host.AddUser("tina", new RoleGrant(role, "default")));
        using var own = await client.PostAsync($"{ApiHost.Schedules}/nightly/trigger", null);
        using var other = await client.PostTextAsync($"{ApiHost.Schedules}/nightly/trigger", """{"params":{}}""");
        var problem = await other.ProblemAsync();
        Assert.Multiple(() =>
        {
            Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(problem.Status, Is.EqualTo(403));
            Assert.That(problem.Detail, Does.Contain("jobs:run").And.Contain("db.backup"));
        });
    }

    private async Task AddAsync(string name, DateTimeOffset? next, bool paused = false)
    {
        var body = SampleSchedules.Nightly.Replace("nightly", name, StringComparison.Ordinal);
        using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var state = _host.Broker.State.ByName;
        state[("default", name)] = state[("default", name)] with { NextNominal = next, Paused = paused };
    }

    private async Task<JsonElement> ReadAsync(string query)
    {
        using var response = await _host.Admin.GetAsync($"{ApiHost.Schedules}{query}");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await response.BodyAsync();
    }

    private static string[] NamesOf(JsonElement page) =>
        [.. page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()!)];
}
