using System.Net;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class ApplyApiTests
{
    private const string Path = $"{ApiHost.Schedules}/apply";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private static string Schedule(string name, string more = "") =>
        $$"""{"name":"{{name}}","trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"m"}{{more}}}""";

    private async Task<Dictionary<string, string>> ApplyAsync(string body, HttpClient? by = null)
    {
        using var response = await (by ?? _host.Admin).PostTextAsync(Path, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        return (await response.BodyAsync())
            .GetProperty("items")
            .EnumerateArray()
            .ToDictionary(
                item => item.GetProperty("name").GetString()!,
                item => item.GetProperty("action").GetString()!
            );
    }

    [Test]
    public async Task Only_what_differs_is_saved()
    {
        Assert.That(
            await ApplyAsync($$"""{"schedules":[{{Schedule("a")}},{{Schedule("b")}}]}"""),
            Is.EqualTo(new Dictionary<string, string> { ["a"] = "created", ["b"] = "created" })
        );
        var body = $$"""{"schedules":[{{Schedule("a")}},{{Schedule("b", ",\"overlap\":\"skip\"")}}],"dryRun":true}""";
        Assert.That(
            await ApplyAsync(body),
            Is.EqualTo(new Dictionary<string, string> { ["a"] = "unchanged", ["b"] = "changed" })
        );
        Assert.That(
            await ApplyAsync(body),
            Is.EqualTo(new Dictionary<string, string> { ["a"] = "unchanged", ["b"] = "changed" }),
            "a dry run does nothing"
        );
        await ApplyAsync(body.Replace("true", "false"));
        Assert.That((await ApplyAsync(body)).Values, Is.All.EqualTo("unchanged"));
        using var read = await _host.Admin.GetAsync($"{ApiHost.Schedules}/a");
        Assert.That(read.Headers.ETag!.Tag, Is.EqualTo("\"1\""), "a schedule that does not differ gets no new version");
    }

    [Test]
    public async Task What_differs_is_said_field_by_field()
    {
        await ApplyAsync($$"""{"schedules":[{{Schedule("a")}}]}""");
        using var response = await _host.Admin.PostTextAsync(
            Path,
            $$"""{"schedules":[{{Schedule("a", ",\"overlap\":\"skip\"")}}],"dryRun":true}"""
        );
        var change = (await response.BodyAsync()).GetProperty("items")[0].GetProperty("changes")[0];
        Assert.That(change.GetRawText(), Is.EqualTo("""{"path":"overlap","from":"allow","to":"skip"}"""));
    }

    [Test]
    public async Task A_pause_stays_where_the_file_says_nothing_of_it()
    {
        await ApplyAsync($$"""{"schedules":[{{Schedule("a")}}]}""");
        (await _host.Admin.PostTextAsync($"{ApiHost.Schedules}/a/pause", """{"note":"disk"}""")).Dispose();
        await ApplyAsync($$"""{"schedules":[{{Schedule("a", ",\"overlap\":\"skip\"")}}]}""");
        using var read = await _host.Admin.GetAsync($"{ApiHost.Schedules}/a");
        Assert.That((await read.BodyAsync()).GetProperty("paused").GetBoolean(), Is.True);
        await ApplyAsync($$"""{"schedules":[{{Schedule("a", ",\"paused\":false")}}]}""");
        using var again = await _host.Admin.GetAsync($"{ApiHost.Schedules}/a");
        Assert.That((await again.BodyAsync()).GetProperty("paused").GetBoolean(), Is.False);
    }

    [Test]
    public async Task Pruning_deletes_what_is_not_named_and_matches()
    {
        await ApplyAsync($$"""{"schedules":[{{Schedule("a.1")}},{{Schedule("a.2")}},{{Schedule("b.1")}}]}""");
        Assert.That(
            await ApplyAsync($$"""{"schedules":[{{Schedule("a.1")}}],"prune":true,"pruneMatching":"a.*"}"""),
            Is.EqualTo(new Dictionary<string, string> { ["a.1"] = "unchanged", ["a.2"] = "deleted" })
        );
        Assert.That(
            await ApplyAsync("""{"schedules":[],"prune":true}"""),
            Is.EqualTo(new Dictionary<string, string> { ["a.1"] = "deleted", ["b.1"] = "deleted" })
        );
    }

    [Test]
    public async Task Anothers_schedule_is_neither_changed_nor_pruned()
    {
        await ApplyAsync($$"""{"schedules":[{{Schedule("theirs")}}]}""");
        using var ana = _host.ClientOf(
            _host.AddUser(
                "ana",
                new RoleGrant(_host.AddRole(new RoleRule { Permissions = ["schedules:write", "jobs:run"] }), "default")
            )
        );
        Assert.That(
            await ApplyAsync($$"""{"schedules":[{{Schedule("mine")}}],"prune":true}""", ana),
            Is.EqualTo(new Dictionary<string, string> { ["mine"] = "created", ["theirs"] = "kept" })
        );
        using var refused = await ana.PostTextAsync(
            Path,
            $$"""{"schedules":[{{Schedule("theirs", ",\"overlap\":\"skip\"")}}],"dryRun":true}"""
        );
        Assert.That((await refused.ProblemAsync()).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task A_role_for_some_names_reaches_no_others()
    {
        await ApplyAsync($$"""{"schedules":[{{Schedule("hidden")}}]}""");
        using var ana = _host.ClientOf(
            _host.AddUser(
                "ana",
                new RoleGrant(
                    _host.AddRole(
                        new RoleRule { Permissions = ["schedules:*"], Names = ["team.*"] },
                        new RoleRule { Permissions = ["jobs:run"] }
                    ),
                    "default"
                )
            )
        );
        Assert.That(
            await ApplyAsync($$"""{"schedules":[{{Schedule("team.a")}}],"prune":true}""", ana),
            Is.EqualTo(new Dictionary<string, string> { ["team.a"] = "created" })
        );
        using var refused = await ana.PostTextAsync(Path, $$"""{"schedules":[{{Schedule("other")}}]}""");
        Assert.That((await refused.ProblemAsync()).Status, Is.EqualTo(403));
    }

    [TestCase("""{}""", null)]
    [TestCase("""{"schedules":null}""", null)]
    [TestCase("""{"schedules":[]}""", "schedules")]
    [TestCase("""{"schedules":[null],"prune":true}""", "schedules")]
    [TestCase("""{"schedules":[A,A]}""", "schedules")]
    [TestCase(
        """{"schedules":[A,{"name":"b","trigger":{"kind":"cron","expression":"99 2 * * *"},"job":{"method":"m"}}]}""",
        "schedules[1].trigger.expression"
    )]
    [TestCase(
        """{"schedules":[A,{"name":"b c","trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"m"}}]}""",
        "schedules[1].name"
    )]
    [TestCase("""{"schedules":[A],"pruneMatching":"*"}""", "pruneMatching")]
    [TestCase("""{"schedules":[A],"prune":true,"pruneMatching":"a b"}""", "pruneMatching")]
    public async Task A_request_that_makes_no_sense_is_refused_with_the_place(string body, string? path)
    {
        using var response = await _host.Admin.PostTextAsync(
            Path,
            body.Replace("A", Schedule("a"), StringComparison.Ordinal)
        );
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((400, ErrorCodes.Invalid)));
        Assert.That(
            path is null || problem.Errors!.ContainsKey(path),
            Is.True,
            string.Join(", ", problem.Errors?.Keys ?? [])
        );
        using var list = await _host.Admin.GetAsync(ApiHost.Schedules);
        Assert.That((await list.BodyAsync()).GetProperty("items").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task More_than_a_thousand_are_refused()
    {
        var many = string.Join(',', Enumerable.Range(0, 1001).Select(i => Schedule($"s{i}")));
        using var response = await _host.Admin.PostTextAsync(Path, $$"""{"schedules":[{{many}}]}""");
        Assert.That((await response.ProblemAsync()).Errors!["schedules"].Single(), Does.Contain("1,000"));
    }
}
