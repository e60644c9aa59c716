using System.Net;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Schedules as REST saves, lists, pauses, triggers and deletes them.</summary>
[Parallelizable]
public sealed class SchedulesApiTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_schedule_is_created_and_read_back()
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, SampleSchedules.Nightly);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(response.Headers.ETag!.Tag, Is.EqualTo("\"1\""));
        using var read = await _host.Admin.GetAsync(response.Headers.Location);
        var body = await read.BodyAsync();
        Assert.That(body.GetProperty("overlap").GetString(), Is.EqualTo("skip"));
        Assert.That(body.GetProperty("misfire").GetString(), Is.EqualTo("latest"));
        Assert.That(body.GetProperty("catchUpWindow").GetString(), Is.EqualTo("PT1H"));
        Assert.That(body.GetProperty("trigger").GetProperty("timeZone").GetString(), Is.EqualTo("Europe/Berlin"));
        Assert.That(body.GetProperty("job").GetProperty("params").GetRawText(), Is.EqualTo("""{"full":true}"""));
        Assert.That(read.Headers.ETag!.Tag, Is.EqualTo("\"1\""));
    }

    [Test]
    public async Task Creating_a_name_twice_is_a_conflict()
    {
        await SampleSchedules.CreateAsync(_host);
        using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, SampleSchedules.Nightly);
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(409));
    }

    [TestCase(null, HttpStatusCode.OK)]
    [TestCase("\"1\"", HttpStatusCode.OK)]
    [TestCase("*", HttpStatusCode.OK)]
    [TestCase("\"7\"", HttpStatusCode.PreconditionFailed)]
    [TestCase("7", HttpStatusCode.BadRequest)]
    public async Task Putting_keeps_to_the_version_that_is_named(string? ifMatch, HttpStatusCode expected)
    {
        await SampleSchedules.CreateAsync(_host);
        using var response = await _host.Admin.PutTextAsync(
            $"{ApiHost.Schedules}/nightly",
            SampleSchedules.Nightly,
            ifMatch
        );
        Assert.That(response.StatusCode, Is.EqualTo(expected));
        if (expected == HttpStatusCode.OK)
        {
            Assert.That(response.Headers.ETag!.Tag, Is.EqualTo("\"2\""));
        }
    }

    [TestCase(null, HttpStatusCode.Created)]
    [TestCase("\"1\"", HttpStatusCode.PreconditionFailed)]
    [TestCase("*", HttpStatusCode.PreconditionFailed)]
    public async Task Putting_what_is_not_there_creates_it_unless_a_version_is_named(
        string? ifMatch,
        HttpStatusCode expected
    )
    {
        using var response = await _host.Admin.PutTextAsync(
            $"{ApiHost.Schedules}/nightly",
            SampleSchedules.Nightly,
            ifMatch
        );
        Assert.That(response.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task A_put_that_must_be_new_does_not_overwrite()
    {
        await SampleSchedules.CreateAsync(_host);
        var request = new HttpRequestMessage(HttpMethod.Put, $"{ApiHost.Schedules}/nightly")
        {
            Content = HttpWords.Json(SampleSchedules.Nightly),
        };
        request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        using var response = await _host.Admin.SendAsync(request);
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(412));
    }

    [Test]
    public async Task The_name_in_the_body_must_be_that_of_the_address()
    {
        using var response = await _host.Admin.PutTextAsync($"{ApiHost.Schedules}/other", SampleSchedules.Nightly);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "name" }));
    }

    [Test]
    public async Task The_list_is_in_order_of_name_and_pages()
    {
        foreach (var name in new[] { "c", "a", "b" })
        {
            using var _ = await _host.Admin.PostTextAsync(
                ApiHost.Schedules,
                SampleSchedules.Nightly.Replace("nightly", name, StringComparison.Ordinal)
            );
        }

        var page = await (await _host.Admin.GetAsync($"{ApiHost.Schedules}?limit=2")).BodyAsync();
        Assert.That(NamesOf(page), Is.EqualTo(new[] { "a", "b" }));
        var next = await (
            await _host.Admin.GetAsync(
                $"{ApiHost.Schedules}?limit=2&cursor={page.GetProperty("nextCursor").GetString()}"
            )
        ).BodyAsync();
        Assert.That(NamesOf(next), Is.EqualTo(new[] { "c" }));
        Assert.That(next.TryGetProperty("nextCursor", out _), Is.False);
    }

    [Test]
    public async Task A_schedule_is_paused_with_a_note_and_resumed()
    {
        await SampleSchedules.CreateAsync(_host);
        using var paused = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/nightly/pause",
            """{"note":"moving","resumeAt":"2026-10-02T00:00:00Z"}"""
        );
        var body = await paused.BodyAsync();
        Assert.That(
            (body.GetProperty("paused").GetBoolean(), body.GetProperty("pauseNote").GetString()),
            Is.EqualTo((true, "moving"))
        );
        using var resumed = await _host.Admin.PostAsync($"{ApiHost.Schedules}/nightly/resume", null);
        Assert.That((await resumed.BodyAsync()).GetProperty("paused").GetBoolean(), Is.False);
    }

    [Test]
    public async Task A_pause_needs_no_body()
    {
        await SampleSchedules.CreateAsync(_host);
        using var response = await _host.Admin.PostAsync($"{ApiHost.Schedules}/nightly/pause", null);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_schedule_is_triggered_now()
    {
        await SampleSchedules.CreateAsync(_host);
        using var response = await _host.Admin.PostAsync($"{ApiHost.Schedules}/nightly/trigger", null);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("method").GetString(), Is.EqualTo("db.backup"));
        Assert.That(response.Headers.Location!.ToString(), Does.EndWith(body.GetProperty("id").GetString()!));
    }

    [Test]
    public async Task A_schedule_is_deleted_once()
    {
        await SampleSchedules.CreateAsync(_host);
        using var first = await _host.Admin.DeleteAsync($"{ApiHost.Schedules}/nightly");
        using var second = await _host.Admin.DeleteAsync($"{ApiHost.Schedules}/nightly");
        Assert.That(
            (first.StatusCode, second.StatusCode),
            Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NotFound))
        );
    }

    [TestCase("GET", "")]
    [TestCase("GET", "/preview")]
    [TestCase("GET", "/occurrences")]
    [TestCase("POST", "/pause")]
    [TestCase("POST", "/resume")]
    [TestCase("POST", "/trigger")]
    public async Task A_schedule_that_is_not_there_is_not_found(string verb, string part)
    {
        using var response = await _host.Admin.SendAsync(
            new HttpRequestMessage(new HttpMethod(verb), $"{ApiHost.Schedules}/none{part}")
        );
        Assert.That((await response.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.NotFound));
    }

    [Test]
    public async Task A_schedule_that_stands_still_says_so_in_the_list_and_has_no_preview()
    {
        await SampleSchedules.CreateAsync(_host);
        var (key, saved) = _host.Broker.State.ByName.Single();
        _host.Broker.State.ByName[key] = saved with
        {
            Stopped = "trigger.timeZone: gone",
            Trigger = saved.Trigger with { TimeZone = "US/Nowhere" },
        };
        var view = (await (await _host.Admin.GetAsync(ApiHost.Schedules)).BodyAsync()).GetProperty("items")[0];
        Assert.That(view.GetProperty("stopped").GetString(), Is.EqualTo("trigger.timeZone: gone"));
        Assert.That(view.TryGetProperty("nextNominal", out _), Is.False);
        using var preview = await _host.Admin.GetAsync($"{ApiHost.Schedules}/nightly/preview");
        Assert.That(preview.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        using var backfill = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/nightly/backfill",
            """{"from":"2026-09-01T00:00:00Z","to":"2026-09-02T00:00:00Z"}"""
        );
        Assert.That(backfill.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        using var simulated = await _host.Admin.PostTextAsync($"{ApiHost.Schedules}/simulate", "{}");
        Assert.That((await simulated.BodyAsync()).GetProperty("starts").GetInt64(), Is.Zero);
    }

    private static IEnumerable<string?> NamesOf(JsonElement page) =>
        page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString());
}
