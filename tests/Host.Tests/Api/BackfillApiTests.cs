using System.Net;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class BackfillApiTests
{
    private const string Path = $"{ApiHost.Schedules}/s/backfill";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private async Task CreateAsync(
        string overlap = "allow",
        string trigger = """{"kind":"cron","expression":"0 2 * * *"}"""
    )
    {
        using var made = await _host.Admin.PostTextAsync(
            ApiHost.Schedules,
            $$"""{"name":"s","trigger":{{trigger}},"job":{"method":"m"},"overlap":"{{overlap}}"}"""
        );
        Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [TestCase("allow", "allow")]
    [TestCase("skip", "queue")]
    [TestCase("cancelPrevious", "queue")]
    public async Task A_dry_run_says_what_would_be_done_and_does_nothing(string overlap, string expected)
    {
        await CreateAsync(overlap);
        using var response = await _host.Admin.PostTextAsync(
            Path,
            """{"from":"2026-01-01T00:00:00Z","to":"2026-01-11T00:00:00Z","dryRun":true}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var body = await response.BodyAsync();
        Assert.That(
            (
                body.GetProperty("state").GetString(),
                body.GetProperty("total").GetInt64(),
                body.GetProperty("overlap").GetString()
            ),
            Is.EqualTo(("planned", 10L, expected))
        );
        Assert.That(
            (body.GetProperty("first").GetDateTimeOffset(), body.GetProperty("last").GetDateTimeOffset()),
            Is.EqualTo(
                (new DateTimeOffset(2026, 1, 1, 2, 0, 0, default), new DateTimeOffset(2026, 1, 10, 2, 0, 0, default))
            )
        );
        using var none = await _host.Admin.GetAsync(Path);
        Assert.That(none.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_backfill_is_begun_shown_and_cancelled()
    {
        await CreateAsync();
        using var begun = await _host.Admin.PostTextAsync(
            Path,
            """{"from":"2026-01-01T00:00:00Z","to":"2026-01-11T00:00:00Z"}"""
        );
        Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        using var shown = await _host.Admin.GetAsync(Path);
        var view = await shown.BodyAsync();
        Assert.That(
            (view.GetProperty("state").GetString(), view.GetProperty("requestedBy").GetString()),
            Is.EqualTo(("running", (string?)$"key:{_host.AdminKey.Id}"))
        );
        using var cancelled = await _host.Admin.DeleteAsync(Path);
        Assert.That((await cancelled.BodyAsync()).GetProperty("state").GetString(), Is.EqualTo("cancelled"));
    }

    [TestCase("""{"to":"2026-01-11T00:00:00Z"}""", null)]
    [TestCase("""{"from":"2026-01-01T00:00:00Z"}""", null)]
    [TestCase("""{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}""", "to")]
    [TestCase("""{"from":"0001-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}""", "from")]
    [TestCase("""{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","overlap":"skip"}""", "overlap")]
    [TestCase("""{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","overlap":7}""", null)]
    // No instant is in this range.
    [TestCase("""{"from":"2026-01-01T03:00:00Z","to":"2026-01-02T01:00:00Z"}""", "from")]
    [TestCase("""{"from":"2199-01-01T03:00:00Z","to":"2199-02-01T01:00:00Z"}""", "from")] // The range is not past.
    public async Task A_request_that_makes_no_sense_is_refused_with_the_field(string body, string? field)
    {
        await CreateAsync();
        using var response = await _host.Admin.PostTextAsync(Path, body);
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((400, ErrorCodes.Invalid)));
        Assert.That(
            field is null || problem.Errors!.ContainsKey(field),
            Is.True,
            string.Join(", ", problem.Errors?.Keys ?? [])
        );
    }

    [Test]
    public async Task More_instants_than_the_limit_are_refused_also_as_a_dry_run()
    {
        await CreateAsync(trigger: """{"kind":"cron","expression":"* * * * * *"}""");
        using var response = await _host.Admin.PostTextAsync(
            Path,
            """{"from":"2026-01-01T00:00:00Z","to":"2026-01-11T00:00:00Z","dryRun":true}"""
        );
        var problem = await response.ProblemAsync();
        Assert.That(
            problem.Errors!["to"].Single(),
            Does.StartWith("More than 100,000 instants").And.Contains("2026-01-02T03:46:40")
        );
    }

    [Test]
    public async Task What_is_not_past_is_left_out()
    {
        await CreateAsync(trigger: """{"kind":"cron","expression":"* * * * *"}""");
        var now = _host.Time.GetUtcNow();
        using var response = await _host.Admin.PostTextAsync(
            Path,
            $$"""{"from":"{{now.AddMinutes(-10):O}}","to":"{{now.AddDays(3):O}}","dryRun":true}"""
        );
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("total").GetInt64(), Is.EqualTo(10));
        Assert.That(body.GetProperty("to").GetDateTimeOffset(), Is.LessThanOrEqualTo(now));
    }

    [Test]
    public async Task A_schedule_that_is_not_there_is_not_found()
    {
        using var begun = await _host.Admin.PostTextAsync(
            Path,
            """{"from":"2026-01-01T00:00:00Z","to":"2026-01-11T00:00:00Z"}"""
        );
        using var shown = await _host.Admin.GetAsync(Path);
        Assert.That(
            (begun.StatusCode, shown.StatusCode),
            Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound))
        );
    }
}
