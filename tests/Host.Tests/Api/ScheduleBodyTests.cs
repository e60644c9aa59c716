using System.Net;
using System.Text.Json;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>What the body of a schedule may say, and how a bad one is refused.</summary>
[Parallelizable]
public sealed class ScheduleBodyTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase(
        """{"kind":"calendarInterval","months":1,"startOn":"2026-01-31","timeOfDay":"02:30","timeZone":"Europe/Berlin"}"""
    )]
    [TestCase(
        """{"kind":"anyOf","triggers":[{"kind":"cron","expression":"0 2 * * *"},{"kind":"interval","every":"PT1H"}]}"""
    )]
    [TestCase(
        """{"kind":"allOf","triggers":[{"kind":"cron","expression":"0 2 13 * *"},{"kind":"cron","expression":"0 2 * * FRI"}]}"""
    )]
    public async Task Every_kind_of_trigger_is_kept_as_it_came(string trigger)
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Schedules,
            $$"""{"name":"s","trigger":{{trigger}},"job":{"method":"m"} }"""
        );
        Assert.That(
            response.StatusCode,
            Is.EqualTo(HttpStatusCode.Created),
            await response.Content.ReadAsStringAsync()
        );
        var kept = (await response.BodyAsync()).GetProperty("trigger");
        Assert.That(JsonElement.DeepEquals(kept, JsonDocument.Parse(trigger).RootElement), Is.True, kept.GetRawText());
    }

    [TestCase("""{"kind":"calendarInterval","months":1}""", "trigger.timeOfDay")]
    [TestCase("""{"kind":"calendarInterval","timeOfDay":"02:30"}""", "trigger.days")]
    [TestCase(
        """{"kind":"calendarInterval","days":1,"timeOfDay":"02:30","timeZone":"../../etc/passwd"}""",
        "trigger.timeZone"
    )]
    [TestCase("""{"kind":"anyOf","triggers":[]}""", "trigger.triggers")]
    [TestCase("""{"kind":"anyOf","triggers":[null]}""", "trigger.triggers[0]")]
    [TestCase(
        """{"kind":"anyOf","triggers":[{"kind":"cron","expression":"0 2 * * *","timeZone":"../../etc/passwd"}]}""",
        "trigger.triggers[0].timeZone"
    )]
    [TestCase(
        """{"kind":"anyOf","triggers":[{"kind":"cron","expression":"H * * * *"}]}""",
        "trigger.triggers[0].expression"
    )]
    [TestCase(
        """{"kind":"allOf","triggers":[{"kind":"cron","expression":"0 2 * * *"},{"kind":"cron","expression":"0 3 * * *"}]}""",
        "trigger.triggers"
    )]
    public async Task A_trigger_that_makes_no_sense_is_refused_with_the_place(string trigger, string path)
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Schedules,
            $$"""{"name":"s","trigger":{{trigger}},"job":{"method":"m"} }"""
        );
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Does.Contain(path));
    }

    [TestCase("""{"kind":"cron","expression":"0 2 * *"}""", "trigger.expression", "4 were given")]
    [TestCase("""{"kind":"cron","expression":"0 25 * * *"}""", "trigger.expression", "At position 3, field 2 (\"25\")")]
    [TestCase(
        """{"kind":"cron","expression":"*/5 2 70 * *"}""",
        "trigger.expression",
        "At position 7, field 3 (\"70\")"
    )]
    [TestCase(
        """{"kind":"cron","expression":"1-30 3 * 30 *"}""",
        "trigger.expression",
        "At position 10, field 4 (\"30\")"
    )]
    [TestCase("""{"kind":"cron","expression":"0 0 30 2 *"}""", "trigger.expression", "never due")]
    [TestCase("""{"kind":"cron"}""", "trigger.expression", "needed")]
    [TestCase(
        """{"kind":"cron","expression":"@daily","timeZone":"Mars/Olympus"}""",
        "trigger.timeZone",
        "Mars/Olympus"
    )]
    [TestCase("""{"kind":"cron","expression":"@daily","timeZone":"../../etc/passwd"}""", "trigger.timeZone", "IANA")]
    [TestCase("""{"kind":"interval"}""", "trigger.every", "PT1S")]
    [TestCase("""{"kind":"interval","every":"PT0.5S"}""", "trigger.every", "PT1S")]
    [TestCase("""{"kind":"once"}""", "trigger.at", "instant")]
    [TestCase("""{"kind":"never"}""", "trigger.kind", "cron")]
    [TestCase("{}", "trigger.kind", "needed")]
    public async Task A_bad_trigger_is_refused_by_field_and_reason(string trigger, string path, string reason)
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Schedules,
            $$$"""{"name":"s","trigger":{{{trigger}}},"job":{"method":"a"}}"""
        );
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { path }), JsonSerializer.Serialize(problem.Errors));
        Assert.That(problem.Errors[path].Single(), Does.Contain(reason));
    }

    [TestCase("""{"name":"s","trigger":{"kind":"cron","expression":"@daily"}}""", "job")]
    [TestCase("""{"name":"s","job":{"method":"a"}}""", "trigger")]
    [TestCase("""{"name":"s","trigger":null,"job":{"method":"a"}}""", "trigger")]
    [TestCase("""{"name":"a b","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"}}""", "name")]
    [TestCase("""{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a b"}}""", "job.method")]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a","retry":{"maxAttempts":0}}}""",
        "job.retry.maxAttempts"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a","runAt":"2027-01-01T00:00:00Z"}}""",
        "job.runAt"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a","deduplicationKey":"k"}}""",
        "job.deduplicationKey"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a","startDeadline":"2027-01-01T00:00:00Z"}}""",
        "job.startDeadline"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"},"catchUpWindow":"P32D"}""",
        "catchUpWindow"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"},"overlap":"later"}""",
        "overlap"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"},"jitter":"P2D"}""",
        "jitter"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"},"misfire":"some"}""",
        "misfire"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"},"maxOccurrences":0}""",
        "maxOccurrences"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"},"offline":"run"}""",
        "job.handler"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a","handler":"h"},"offline":"run","maxOccurrences":5}""",
        "maxOccurrences"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a","handler":"h","concurrency":{"key":"k"}},"offline":"run"}""",
        "job.concurrency"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a","handler":"h","rateLimit":{"key":"k","limit":1,"period":"PT1S"}},"offline":"run"}""",
        "job.rateLimit"
    )]
    [TestCase(
        """{"name":"s","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"},"startAt":"2027-01-02T00:00:00Z","endAt":"2027-01-01T00:00:00Z"}""",
        "endAt"
    )]
    public async Task A_bad_schedule_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, body);
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { path }), JsonSerializer.Serialize(problem.Errors));
    }

    [Test]
    public async Task Templates_keep_to_the_limit_of_params()
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Schedules,
            SampleSchedules.Nightly.Replace("true", $"\"{new string('x', 1100)}\"", StringComparison.Ordinal)
        );
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(413));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { "job.params" }));
    }

    [TestCase("H#1 * * * *", HttpStatusCode.BadRequest)]
    [TestCase("H* * * * *", HttpStatusCode.BadRequest)]
    [TestCase("0 0 HW * *", HttpStatusCode.BadRequest)]
    [TestCase("0 0 * * HL", HttpStatusCode.BadRequest)]
    [TestCase("0 0 * * H#2", HttpStatusCode.BadRequest)]
    [TestCase("0 3 * *", HttpStatusCode.BadRequest)]
    [TestCase("0\\t3 * * *", HttpStatusCode.OK)]
    [TestCase("0 3 * *\\u0000 *", HttpStatusCode.BadRequest)]
    public async Task An_expression_is_taken_or_refused_wherever_it_comes(string expression, HttpStatusCode expected)
    {
        var trigger = $$"""{"kind":"cron","expression":"{{expression}}"}""";
        var schedule = $$$"""{"name":"brought","trigger":{{{trigger}}},"job":{"method":"m"}}""";
        using var preview = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/preview",
            "{\"trigger\":" + trigger + "}"
        );
        using var simulated = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/simulate",
            "{\"schedules\":[" + schedule + "]}"
        );
        using var saved = await _host.Admin.PutTextAsync($"{ApiHost.Schedules}/brought", schedule);
        Assert.That(
            new[]
            {
                preview.StatusCode,
                simulated.StatusCode,
                saved.StatusCode == HttpStatusCode.Created ? HttpStatusCode.OK : saved.StatusCode,
            },
            Is.All.EqualTo(expected)
        );
        Assert.That((await saved.Content.ReadAsStringAsync()).Contains("\\u0000", StringComparison.Ordinal), Is.False);
    }

    [Test]
    public async Task An_expression_that_means_something_else_elsewhere_is_taken_with_a_warning()
    {
        const string Trigger = """{"kind":"cron","expression":"0 0 1,15 * 1"}""";
        using var preview = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/preview",
            "{\"trigger\":" + Trigger + "}"
        );
        Assert.That(
            (await preview.BodyAsync()).GetProperty("warning").GetString(),
            Does.StartWith("Both day fields must hold here")
        );
        using var saved = await _host.Admin.PutTextAsync(
            $"{ApiHost.Schedules}/both",
            $$$"""{"name":"both","trigger":{{{Trigger}}},"job":{"method":"m"}}"""
        );
        Assert.That(
            (await saved.BodyAsync()).GetProperty("warning").GetString(),
            Does.StartWith("Both day fields must hold here")
        );
        Assert.That(
            (await (await _host.Admin.GetAsync($"{ApiHost.Schedules}/both/preview")).BodyAsync()).TryGetProperty(
                "warning",
                out _
            ),
            Is.True
        );
    }
}
