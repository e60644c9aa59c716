using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Broker.Host.Api.Schedules.Simulating;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class SimulationApiTests
{
    private const string Simulate = $"{ApiHost.Schedules}/simulate";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private static string Schedule(string name, string expression, string more = "", string job = "") =>
        $$"""{"name":"{{name}}","trigger":{"kind":"cron","expression":"{{expression}}","timeZone":"Europe/Berlin"},"job":{"method":"m"{{job}}}{{more}} }""";

    private async Task SaveAsync(params string[] schedules)
    {
        foreach (var schedule in schedules)
        {
            using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, schedule);
            Assert.That(
                response.StatusCode,
                Is.EqualTo(HttpStatusCode.Created),
                await response.Content.ReadAsStringAsync()
            );
        }
    }

    private async Task<SimulationAnswer> AskAsync(string body)
    {
        using var response = await _host.Admin.PostTextAsync(Simulate, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        return JsonSerializer.Deserialize(text, RestJson.Default.SimulationAnswer)!;
    }

    [Test]
    public async Task All_saved_schedules_or_some_are_simulated()
    {
        await SaveAsync(
            Schedule("nightly", "30 2 * * *", job: ",\"handler\":\"h\""),
            Schedule("half", "0,30 2 * * *", job: ",\"handler\":\"h\""),
            Schedule("paused", "* * * * *", ",\"paused\":true")
        );
        var all = await AskAsync(
            """{"from":"2026-10-20T00:00:00Z","to":"2026-10-30T00:00:00Z","timeZone":"Europe/Berlin"}"""
        );
        Assert.That((all.ScheduleCount, all.Starts, all.Until), Is.EqualTo((3, 30L, all.To)));
        Assert.That(
            all.Schedules.Select(row => (row.Name, row.Starts)),
            Is.EqualTo(new[] { ("half", 20L), ("nightly", 10L), ("paused", 0L) })
        );
        Assert.That((all.Hours.Count, all.Hours.Sum(), all.HoursOfDay[2]), Is.EqualTo((240, 30L, 30L)));
        Assert.That(
            all.Collisions.Single(),
            Has.Property("Handler").EqualTo("h").And.Property("Seconds").EqualTo(10).And.Property("Starts").EqualTo(2)
        );
        Assert.That(all.Collisions[0].Schedules, Is.EquivalentTo(new[] { "half", "nightly" }));
        Assert.That(
            all.ClockChanges.Select(row => (row.Schedule, row.Effect, row.OffsetBefore, row.OffsetAfter, row.Times))
                .Order(),
            Is.EqualTo(
                new[]
                {
                    ("half", "firstOfTwo", "+02:00", "+01:00", 2),
                    ("nightly", "firstOfTwo", "+02:00", "+01:00", 1),
                }
            )
        );
        Assert.That((all.StartsSaved, all.DifferenceCount), Is.EqualTo(((long?)null, 0)));
        var some = await AskAsync("""{"names":["nightly"]}""");
        Assert.That(
            (some.Starts, some.To - some.From, some.From),
            Is.EqualTo((30L, TimeSpan.FromDays(30), ApiHost.Noon))
        );
    }

    [Test]
    public async Task Schedules_that_are_not_saved_are_set_beside_those_that_are()
    {
        await SaveAsync(
            Schedule("kept", "0 1 * * *"),
            Schedule("changed", "0 2 * * *"),
            Schedule("other", "0 3 * * *")
        );
        var given = string.Join(
            ',',
            Schedule("kept", "0 1 * * *"),
            Schedule("changed", "0 2,14 * * *"),
            Schedule("new", "0 */6 * * *")
        );
        const string Range = "\"from\":\"2026-07-01T00:00:00Z\",\"to\":\"2026-07-11T00:00:00Z\"";
        var applied = await AskAsync($$"""{ {{Range}},"schedules":[{{given}}]}""");
        Assert.That((applied.ScheduleCount, applied.Starts, applied.StartsSaved), Is.EqualTo((4, 80L, (long?)30L)));
        Assert.That(
            applied.Differences,
            Is.EqualTo(
                new[]
                {
                    new SimulatedDifference("new", "new", 0, 40),
                    new SimulatedDifference("changed", "changed", 10, 20),
                }
            )
        );
        var pruned = await AskAsync($$"""{ {{Range}},"schedules":[{{given}}],"prune":true}""");
        Assert.That((pruned.ScheduleCount, pruned.Starts, pruned.StartsSaved), Is.EqualTo((3, 70L, (long?)30L)));
        Assert.That(
            pruned.Differences,
            Has.Member(new SimulatedDifference("other", "gone", 10, 0)).And.Count.EqualTo(3)
        );
        Assert.That(
            _host.Broker.State.ByName.Keys.Select(key => key.Name),
            Is.EquivalentTo(new[] { "kept", "changed", "other" }),
            "nothing is saved"
        );
    }

    [Test]
    public async Task Calendars_ends_and_what_was_made_already_are_kept_to()
    {
        (
            await _host.Admin.PostTextAsync(
                "/api/namespaces/default/calendars",
                """{"name":"weekend","timeZone":"Europe/Berlin","weekdays":["saturday","sunday"]}"""
            )
        ).Dispose();
        await SaveAsync(
            Schedule("week", "0 1 * * *", ",\"excludeCalendars\":[\"weekend\"]"),
            Schedule("most", "0 1 * * *", ",\"maxOccurrences\":5"),
            Schedule("ends", "0 1 * * *", ",\"endAt\":\"2026-10-08T00:00:00Z\"")
        );
        var made = _host.Broker.State.ByName[("default", "most")];
        _host.Broker.State.ByName[("default", "most")] = made with { Occurrences = 2 };
        var answer = await AskAsync("""{"from":"2026-10-05T00:00:00Z","to":"2026-10-19T00:00:00Z"}""");
        Assert.That(
            answer.Schedules.Select(row => (row.Name, row.Starts)),
            Is.EquivalentTo(new[] { ("week", 10L), ("most", 3L), ("ends", 3L) })
        );
    }

    [TestCase("""{"to":"2026-09-30T00:00:00Z"}""", "to")]
    [TestCase("""{"from":"2026-01-01T00:00:00Z","to":"2027-01-03T00:00:00Z"}""", "to")]
    [TestCase("""{"from":"9999-01-01T00:00:00Z"}""", "from")]
    [TestCase("""{"timeZone":"Mars/Base"}""", "timeZone")]
    [TestCase("""{"names":["nobodys"]}""", "names")]
    [TestCase("""{"names":["a/b"]}""", "names")]
    [TestCase("""{"names":["a"],"schedules":[]}""", "names")]
    [TestCase("""{"prune":true}""", "prune")]
    [TestCase("""{"schedules":[null]}""", "schedules")]
    [TestCase(
        """{"schedules":[{"name":"a","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"}},{"name":"a","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"}}]}""",
        "schedules"
    )]
    [TestCase(
        """{"schedules":[{"name":"a","trigger":{"kind":"cron","expression":"1 2 3"},"job":{"method":"m"}}]}""",
        "schedules[0].trigger.expression"
    )]
    [TestCase(
        """{"schedules":[{"name":"a","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":""}}]}""",
        "schedules[0].job.method"
    )]
    [TestCase(
        """{"schedules":[{"name":"a","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"},"excludeCalendars":["nobodys"]}]}""",
        "schedules[0].excludeCalendars"
    )]
    [TestCase("[]", "$")]
    public async Task A_bad_simulation_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync(Simulate, body);
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { path }), JsonSerializer.Serialize(problem));
    }

    [Test]
    public async Task Every_list_of_the_answer_is_bounded()
    {
        var given = string.Join(
            ',',
            Enumerable
                .Range(0, 1200)
                .Select(n => Schedule($"s{n}", $"{n % 60} 2 * * *", job: $",\"handler\":\"h{n % 300}\""))
        );
        var answer = await AskAsync($$"""{"to":"2027-10-01T00:00:00Z","schedules":[{{given}}]}""");
        Assert.That(
            (answer.ScheduleCount, answer.CollisionCount, answer.DifferenceCount),
            Is.EqualTo((1200, 300, 1200))
        );
        Assert.That(
            (answer.Schedules.Count, answer.Collisions.Count, answer.Differences.Count),
            Is.EqualTo((500, 100, 500))
        );
        Assert.That(
            (answer.ClockChanges.Count, answer.Peaks.Count, answer.Hours.Count),
            Is.EqualTo((100, 10, (364 * 24) + 12))
        );
    }

    [Test]
    public void One_simulation_of_a_caller_runs_and_few_in_all()
    {
        var gate = new SimulationGate();
        var (one, other) = (new object(), new object());
        var place = gate.TryEnter(one);
        Assert.That(place, Is.Not.Null);
        Assert.That(gate.TryEnter(one), Is.Null, "each caller has one simulation at a time");
        var held = Enumerable
            .Range(0, Environment.ProcessorCount)
            .Select(_ => gate.TryEnter(new object()))
            .Count(entered => entered is not null);
        Assert.That(held + 1, Is.EqualTo(Math.Max(1, Environment.ProcessorCount / 2)));
        Assert.That(gate.TryEnter(other), Is.Null);
        place!.Dispose();
        Assert.That(gate.TryEnter(other), Is.Not.Null);
    }

    [Test]
    public async Task Whoever_finds_no_place_is_told_to_come_again()
    {
        var gate = _host.Services.GetRequiredService<SimulationGate>();
        var places = new List<IDisposable>();
        while (gate.TryEnter(new object()) is { } place)
        {
            places.Add(place);
        }

        using var refused = await _host.Admin.PostTextAsync(Simulate, "{}");
        Assert.That((int)refused.StatusCode, Is.EqualTo(429));
        Assert.That(refused.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(5)));
        places.ForEach(place => place.Dispose());
        // However a simulation ends, its place is free again.
        for (var i = 0; i < 3; i++)
        {
            Assert.That(
                (await _host.Admin.PostTextAsync(Simulate, """{"names":["nobodys"]}""")).StatusCode,
                Is.EqualTo(HttpStatusCode.BadRequest)
            );
            Assert.That((await _host.Admin.PostTextAsync(Simulate, "{}")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task A_role_that_is_limited_to_names_simulates_those()
    {
        await SaveAsync(Schedule("shop-1", "0 1 * * *"), Schedule("other", "0 1 * * *"));
        var role = _host.AddRole(new RoleRule { Permissions = ["schedules:read"], Names = ["shop-*"] });
        using var client = _host.ClientOf(_host.AddUser("ana", new RoleGrant(role, "default")));
        using var response = await client.PostTextAsync(Simulate, "{}");
        var body = await response.BodyAsync();
        Assert.That(
            body.GetProperty("schedules").EnumerateArray().Select(row => row.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "shop-1" })
        );
        using var named = await client.PostTextAsync(Simulate, """{"names":["other"]}""");
        Assert.That(named.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }
}
