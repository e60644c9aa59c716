using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The list of methods and one method over REST.</summary>
[Parallelizable]
public sealed class MethodsApiTests
{
    private const string Methods = "/api/namespaces/default/methods";

    private static readonly WorkLimits Limits = new()
    {
        RunningJobs = 3,
        Rate = new RateOptions(5, TimeSpan.FromMinutes(1)),
    };

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _host = await ApiHost.StartAsync();
        _host.Broker.State.MethodViews =
        [
            Method("asked", waiting: 7),
            Method("away") with
            {
                AwayHandlers = 2,
            },
            Method("limited") with
            {
                Limits = Limits,
                Begun = 4,
            },
            Method("offered", waiting: 1, running: 2, "office-7") with
            {
                Description = "Renders MONTHS",
            },
            Method("stopped") with
            {
                Pause = new PauseView
                {
                    Reason = "The printer is mended",
                    By = "user:ana",
                    At = DateTimeOffset.UnixEpoch,
                },
            },
        ];
        await SampleSchedules.CreateAsync(_host);
    }

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase("", "offered stopped")]
    [TestCase("?all=false", "offered stopped")]
    [TestCase("?all=true", "asked away db.backup limited offered stopped")]
    [TestCase("?all=true&q=AW", "away")]
    [TestCase("?q=months", "offered")]
    [TestCase("?all=true&limit=2", "asked away")]
    [TestCase("?all=true&limit=2&cursor=limited", "offered stopped")]
    public async Task Methods_that_nobody_offers_are_listed_on_demand(string query, string names)
    {
        var items = (await (await _host.Admin.GetAsync(Methods + query)).BodyAsync()).GetProperty("items");
        Assert.That(
            string.Join(' ', items.EnumerateArray().Select(item => item.GetProperty("name").GetString())),
            Is.EqualTo(names)
        );
    }

    [TestCase("?all=yes", "all")]
    [TestCase("?limit=0", "limit")]
    [TestCase("?handler=a", "handler")]
    public async Task A_bad_query_is_refused_by_its_parameter(string query, string parameter)
    {
        using var response = await _host.Admin.GetAsync(Methods + query);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { parameter }));
    }

    [Test]
    public async Task A_method_says_its_limits_and_what_is_in_use()
    {
        var limited = await (await _host.Admin.GetAsync($"{Methods}/limited")).BodyAsync();
        Assert.That(limited.GetProperty("limits").GetProperty("runningJobs").GetInt32(), Is.EqualTo(3));
        Assert.That(limited.GetProperty("begun").GetInt32(), Is.EqualTo(4));
        var offered = await (await _host.Admin.GetAsync($"{Methods}/offered")).BodyAsync();
        Assert.That(NumbersOf(offered), Is.EqualTo((1, 2)));
        Assert.That(offered.TryGetProperty("limits", out _), Is.False);
    }

    [Test]
    public async Task What_differs_between_handlers_has_a_row_each()
    {
        var schema = RawJson.Parse("""{"type":"object"}""");
        _host.Broker.State.PublishedMethods =
        [
            new("office-8", "x/1", new OfferedMethod { Name = "offered" }),
            new("office-9", "x/2", new OfferedMethod { Name = "offered", ParamsSchema = schema }),
            new("office-7", "x/2", new OfferedMethod { Name = "offered", ParamsSchema = schema }),
        ];
        var body = await (await _host.Admin.GetAsync($"{Methods}/offered")).BodyAsync();
        var offers = body.GetProperty("offers").EnumerateArray().ToList();
        Assert.That(offers, Has.Count.EqualTo(2));
        Assert.That(offers[0].GetProperty("handlers").GetRawText(), Is.EqualTo("""["office-7","office-9"]"""));
        Assert.That(offers[0].GetProperty("agents").GetRawText(), Is.EqualTo("""["x/2"]"""));
        Assert.That(offers[0].GetProperty("paramsSchema").GetRawText(), Is.EqualTo("""{"type":"object"}"""));
        Assert.That(offers[1].GetProperty("handlers").GetRawText(), Is.EqualTo("""["office-8"]"""));
    }

    [Test]
    public async Task A_name_that_nothing_knows_is_a_method_that_nobody_offers_and_no_name_is_not_found()
    {
        var body = await (await _host.Admin.GetAsync($"{Methods}/unknown")).BodyAsync();
        Assert.That(body.GetProperty("handlers").GetArrayLength(), Is.Zero);
        using var response = await _host.Admin.GetAsync($"{Methods}/a%20b");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Numbers_of_jobs_and_methods_known_by_them_are_only_for_those_who_may_read_the_jobs()
    {
        using var client = ClientWith(Rule("handlers:read"), Rule("jobs:read", "off*"));
        var items = (await (await client.GetAsync($"{Methods}?all=true")).BodyAsync())
            .GetProperty("items")
            .EnumerateArray()
            .ToDictionary(item => item.GetProperty("name").GetString()!);
        Assert.That(items.Keys, Is.EquivalentTo(new[] { "away", "limited", "offered", "stopped" }));
        Assert.That(NumbersOf(items["offered"]), Is.EqualTo((1, 2)));
        Assert.That(NumbersOf(items["away"]), Is.EqualTo(((int?)null, (int?)null)));
        var asked = await (await client.GetAsync($"{Methods}/asked")).BodyAsync();
        Assert.That(NumbersOf(asked), Is.EqualTo(((int?)null, (int?)null)));
        using var schedules = ClientWith(Rule("handlers:read"), Rule("schedules:read", "night*"));
        var text = await schedules.GetStringAsync($"{Methods}?all=true");
        Assert.That(text, Does.Contain("\"db.backup\"").And.Not.Contain("\"asked\""));
    }

    [Test]
    public async Task A_pause_says_who_why_and_until_when_to_the_broker_and_the_audit_log()
    {
        using var paused = await _host.Admin.PostTextAsync(
            $"{Methods}/reports.render/pause",
            """{"reason":"The printer is mended","until":"2027-01-01T02:00:00+01:00"}"""
        );
        Assert.That(paused.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        var asked = _host.Broker.Inputs.OfType<BrokerInput.PauseMethod>().Single();
        Assert.That(
            (asked.Namespace, asked.Method, asked.Reason, asked.Until),
            Is.EqualTo(
                (
                    "default",
                    "reports.render",
                    "The printer is mended",
                    new DateTimeOffset(2027, 1, 1, 1, 0, 0, TimeSpan.Zero)
                )
            )
        );
        using var resumed = await _host.Admin.PostAsync($"{Methods}/reports.render/resume", null);
        Assert.That(resumed.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        var noted = _host.Broker.Noted.Where(note => note.Action.StartsWith("methods:", StringComparison.Ordinal));
        Assert.That(
            noted.Select(note => (note.Action, note.Object, note.Reason)),
            Is.EqualTo(
                new[]
                {
                    ("methods:pause", "method:reports.render", "The printer is mended"),
                    ("methods:resume", "method:reports.render", null),
                }
            )
        );
        Assert.That(asked.By, Is.EqualTo(noted.First().Actor));
    }

    [TestCase("{}", "reason")]
    [TestCase("""{"reason":""}""", "reason")]
    [TestCase("""{"reason":null}""", "reason")]
    [TestCase("""{"reason":"x","until":"1999-01-01T00:00:00Z"}""", "until")]
    [TestCase("""{"reason":"x","untl":"2030-01-01T00:00:00Z"}""", "untl")]
    public async Task A_pause_that_makes_no_sense_is_refused_by_its_field(string body, string field)
    {
        using var response = await _host.Admin.PostTextAsync($"{Methods}/m/pause", body);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { field }));
        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.PauseMethod>(), Is.Empty);
    }

    [Test]
    public async Task A_role_limited_to_methods_pauses_these_alone()
    {
        using var client = ClientWith(Rule("methods:pause", "mail.*"));
        using var own = await client.PostTextAsync($"{Methods}/mail.send/pause", """{"reason":"x"}""");
        Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        foreach (var act in new[] { "pause", "resume" })
        {
            using var other = await client.PostTextAsync($"{Methods}/reports.render/{act}", """{"reason":"x"}""");
            Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), act);
        }

        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.PauseMethod>().Count(), Is.EqualTo(1));
    }

    private static MethodView Method(string name, int waiting = 0, int running = 0, params string[] handlers) =>
        new(name, null, default, handlers) { WaitingJobs = waiting, RunningJobs = running };

    private static (int? Waiting, int? Running) NumbersOf(JsonElement method) =>
        (NumberOf(method, "waitingJobs"), NumberOf(method, "runningJobs"));

    private static int? NumberOf(JsonElement method, string field) =>
        method.TryGetProperty(field, out var number) ? number.GetInt32() : null;

    private HttpClient ClientWith(params RoleRule[] rules) =>
        _host.ClientOf(_host.AddUser($"u{Guid.NewGuid():N}", new RoleGrant(_host.AddRole(rules), "default")));

    private static RoleRule Rule(string permission, params string[] names) =>
        new() { Permissions = [permission], Names = names.Length == 0 ? null : names };
}
