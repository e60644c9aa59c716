using System.Net;
using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class CalendarsApiTests
{
    private const string Calendars = "/api/namespaces/default/calendars";

    private const string Holidays =
        """{"name":"holidays","timeZone":"Europe/Berlin","description":"d","dates":["2026-10-03"],"ranges":[{"from":"2026-12-24","to":"2027-01-01"}],"weekdays":["saturday","sunday"]}""";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_calendar_is_created_read_listed_replaced_and_deleted()
    {
        using var created = await _host.Admin.PostTextAsync(Calendars, Holidays);
        Assert.That(created.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        using var read = await _host.Admin.GetAsync(created.Headers.Location);
        var body = await read.BodyAsync();
        Assert.That(body.GetProperty("dates").GetRawText(), Is.EqualTo("""["2026-10-03"]"""));
        Assert.That(
            body.GetProperty("ranges").GetRawText(),
            Is.EqualTo("""[{"from":"2026-12-24","to":"2027-01-01"}]""")
        );
        Assert.That(body.GetProperty("weekdays").GetRawText(), Is.EqualTo("""["saturday","sunday"]"""));
        Assert.That(
            (read.Headers.ETag!.Tag, body.GetProperty("timeZone").GetString()),
            Is.EqualTo(("\"1\"", "Europe/Berlin"))
        );
        using var twice = await _host.Admin.PostTextAsync(Calendars, Holidays);
        Assert.That(twice.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        using var late = await _host.Admin.PutTextAsync($"{Calendars}/holidays", Holidays, "\"7\"");
        Assert.That(late.StatusCode, Is.EqualTo(HttpStatusCode.PreconditionFailed));
        using var put = await _host.Admin.PutTextAsync($"{Calendars}/holidays", """{"name":"holidays"}""", "\"1\"");
        Assert.That((put.StatusCode, put.Headers.ETag!.Tag), Is.EqualTo((HttpStatusCode.OK, "\"2\"")));
        using var list = await _host.Admin.GetAsync(Calendars);
        Assert.That((await list.BodyAsync()).GetProperty("items")[0].GetProperty("weekdays").GetArrayLength(), Is.Zero);
        Assert.That(
            (await _host.Admin.DeleteAsync($"{Calendars}/holidays")).StatusCode,
            Is.EqualTo(HttpStatusCode.NoContent)
        );
        Assert.That(
            (await _host.Admin.GetAsync($"{Calendars}/holidays")).StatusCode,
            Is.EqualTo(HttpStatusCode.NotFound)
        );
    }

    [TestCase("{}", "name")]
    [TestCase("""{"name":"a/b"}""", "name")]
    [TestCase("""{"name":"a","timeZone":"Mars/Base"}""", "timeZone")]
    [TestCase("""{"name":"a","timeZone":"../../etc/passwd"}""", "timeZone")]
    [TestCase("""{"name":"a","dates":["1999-12-31"]}""", "dates")]
    [TestCase("""{"name":"a","dates":["2026-02-30"]}""", "dates[0]")]
    [TestCase("""{"name":"a","ranges":[{"from":"2026-01-02","to":"2026-01-01"}]}""", "ranges")]
    [TestCase("""{"name":"a","ranges":[null]}""", "ranges")]
    [TestCase("""{"name":"a","weekdays":["someday"]}""", "weekdays[0]")]
    [TestCase("""{"name":"a","weekdays":[6]}""", "weekdays[0]")]
    [TestCase("""{"name":"a","weekdays":["sunday","sunday"]}""", "weekdays")]
    [TestCase("""{"name":"a","description":""}""", "description")]
    [TestCase("""{"name":"a","ics":"hello"}""", "ics")]
    public async Task A_bad_calendar_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync(Calendars, body);
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((400, ErrorCodes.Invalid)));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { path }), JsonSerializer.Serialize(problem));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [Test]
    public async Task More_days_or_text_than_a_calendar_holds_are_refused()
    {
        var dates = Enumerable
            .Range(0, Limits.CalendarDaysMax + 1)
            .Select(n => $"\"{new DateOnly(2026, 1, 1).AddDays(n):yyyy-MM-dd}\"");
        using var days = await _host.Admin.PostTextAsync(
            Calendars,
            $$"""{"name":"a","dates":[{{string.Join(',', dates)}}]}"""
        );
        Assert.That((await days.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "dates" }));
        using var text = await _host.Admin.PostTextAsync(
            Calendars,
            $$"""{"name":"a","ics":"{{new string('x', Limits.IcsCharactersMax + 1)}}"}"""
        );
        Assert.That((await text.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "ics" }));
        using var large = await _host.Admin.PostTextAsync(
            Calendars,
            $$"""{"name":"a","ics":"{{new string('x', 2 * 1024 * 1024)}}"}"""
        );
        Assert.That(large.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task A_file_adds_its_days()
    {
        const string Ics =
            """BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n""";
        using var response = await _host.Admin.PutTextAsync(
            $"{Calendars}/holidays",
            $$"""{"name":"holidays","dates":["2026-10-03"],"weekdays":["sunday"],"ics":"{{Ics}}"}"""
        );
        var body = await response.BodyAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created), body.GetRawText());
        var dates = body.GetProperty("dates").EnumerateArray().Select(date => date.GetString()).ToList();
        Assert.That(
            dates,
            Has.Count.EqualTo(12).And.Contains("2026-10-03").And.Contains("2026-12-25").And.Contains("2035-12-25")
        );
        Assert.That(body.GetProperty("importedUntil").GetString(), Is.EqualTo("2036-10-01"));
    }

    [Test]
    public async Task A_preview_says_which_calendar_skips_an_instant()
    {
        (await _host.Admin.PostTextAsync(Calendars, Holidays)).Dispose();
        // Noon of the fake clock is on a Thursday; Saturday is the 3rd.
        using var unsaved = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/preview",
            """{"trigger":{"kind":"cron","expression":"0 0 * * *","timeZone":"Europe/Berlin"},"count":4,"excludeCalendars":["holidays"]}"""
        );
        var items = (await unsaved.BodyAsync()).GetProperty("items").EnumerateArray().ToList();
        Assert.That(
            items.Select(item => item.GetProperty("local").GetString()![..10]),
            Is.EqualTo(new[] { "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05" })
        );
        Assert.That(items.Select(item => item.GetProperty("offset").GetString()), Is.All.EqualTo("+02:00"));
        Assert.That(
            items.Select(Skipped),
            Is.EqualTo(new[] { null, "excluded by calendar holidays", "excluded by calendar holidays", null })
        );

        (
            await _host.Admin.PostTextAsync(
                ApiHost.Schedules,
                """{"name":"s","trigger":{"kind":"cron","expression":"0 0 * * *","timeZone":"Europe/Berlin"},"job":{"method":"m"},"maxOccurrences":2,"excludeCalendars":["holidays"]}"""
            )
        ).Dispose();
        using var saved = await _host.Admin.GetAsync($"{ApiHost.Schedules}/s/preview");
        Assert.That(
            (await saved.BodyAsync()).GetProperty("items").EnumerateArray().Select(Skipped),
            Is.EqualTo(new[] { null, "excluded by calendar holidays", "excluded by calendar holidays", null }),
            "excluded instants do not count"
        );
        using var view = await _host.Admin.GetAsync($"{ApiHost.Schedules}/s");
        Assert.That(
            (await view.BodyAsync()).GetProperty("excludeCalendars").GetRawText(),
            Is.EqualTo("""["holidays"]""")
        );
    }

    private static string? Skipped(JsonElement item) =>
        item.TryGetProperty("skipped", out var skipped) ? skipped.GetString() : null;

    [TestCase("""["nobodys"]""")]
    [TestCase("""["a/b"]""")]
    [TestCase("""["a","a"]""")]
    [TestCase("""["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"]""")]
    public async Task Calendars_that_cannot_be_named_are_refused(string names)
    {
        using var preview = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/preview",
            $$"""{"trigger":{"kind":"cron","expression":"@daily"},"excludeCalendars":{{names}}}"""
        );
        Assert.That((await preview.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "excludeCalendars" }));
    }

    [Test]
    public async Task A_role_that_is_limited_to_names_sees_and_saves_those()
    {
        (await _host.Admin.PostTextAsync(Calendars, Holidays)).Dispose();
        (await _host.Admin.PostTextAsync(Calendars, """{"name":"shop-1"}""")).Dispose();
        var role = _host.AddRole(new RoleRule { Permissions = ["calendars:*"], Names = ["shop-*"] });
        using var client = _host.ClientOf(_host.AddUser("ana", new RoleGrant(role, "default")));
        using var list = await client.GetAsync(Calendars);
        Assert.That(
            (await list.BodyAsync())
                .GetProperty("items")
                .EnumerateArray()
                .Select(item => item.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "shop-1" })
        );
        Assert.That(
            (await client.PostTextAsync(Calendars, """{"name":"other"}""")).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden)
        );
        Assert.That(
            (await client.PostTextAsync(Calendars, """{"name":"shop-2"}""")).StatusCode,
            Is.EqualTo(HttpStatusCode.Created)
        );
        Assert.That(
            (await client.DeleteAsync($"{Calendars}/holidays")).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden)
        );
    }
}
