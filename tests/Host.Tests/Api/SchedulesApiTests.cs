using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class SchedulesApiTests
{
    private const string Nightly =
        """{"name":"nightly","trigger":{"kind":"cron","expression":"0 2 * * *","timeZone":"Europe/Berlin"},"job":{"method":"db.backup","params":{"full":true}},"overlap":"skip"}""";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_schedule_is_created_and_read_back()
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, Nightly);
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

    [Test]
    public async Task Creating_a_name_twice_is_a_conflict()
    {
        await CreateAsync();
        using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, Nightly);
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(409));
    }

    [TestCase(null, HttpStatusCode.OK)]
    [TestCase("\"1\"", HttpStatusCode.OK)]
    [TestCase("*", HttpStatusCode.OK)]
    [TestCase("\"7\"", HttpStatusCode.PreconditionFailed)]
    [TestCase("7", HttpStatusCode.BadRequest)]
    public async Task Putting_keeps_to_the_version_that_is_named(string? ifMatch, HttpStatusCode expected)
    {
        await CreateAsync();
        using var response = await _host.Admin.PutTextAsync($"{ApiHost.Schedules}/nightly", Nightly, ifMatch);
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
        using var response = await _host.Admin.PutTextAsync($"{ApiHost.Schedules}/nightly", Nightly, ifMatch);
        Assert.That(response.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task A_put_that_must_be_new_does_not_overwrite()
    {
        await CreateAsync();
        var request = new HttpRequestMessage(HttpMethod.Put, $"{ApiHost.Schedules}/nightly")
        {
            Content = HttpWords.Json(Nightly),
        };
        request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        using var response = await _host.Admin.SendAsync(request);
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(412));
    }

    [Test]
    public async Task The_name_in_the_body_must_be_that_of_the_address()
    {
        using var response = await _host.Admin.PutTextAsync($"{ApiHost.Schedules}/other", Nightly);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "name" }));
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
            Nightly.Replace("true", $"\"{new string('x', 1100)}\"", StringComparison.Ordinal)
        );
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(413));
        Assert.That(problem.Errors!.Keys, Is.EquivalentTo(new[] { "job.params" }));
    }

    [Test]
    public async Task The_list_is_in_order_of_name_and_pages()
    {
        foreach (var name in new[] { "c", "a", "b" })
        {
            using var _ = await _host.Admin.PostTextAsync(
                ApiHost.Schedules,
                Nightly.Replace("nightly", name, StringComparison.Ordinal)
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
        await CreateAsync();
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
        await CreateAsync();
        using var response = await _host.Admin.PostAsync($"{ApiHost.Schedules}/nightly/pause", null);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_schedule_is_triggered_now()
    {
        await CreateAsync();
        using var response = await _host.Admin.PostAsync($"{ApiHost.Schedules}/nightly/trigger", null);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("method").GetString(), Is.EqualTo("db.backup"));
        Assert.That(response.Headers.Location!.ToString(), Does.EndWith(body.GetProperty("id").GetString()!));
    }

    [Test]
    public async Task A_schedule_is_deleted_once()
    {
        await CreateAsync();
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
    public async Task A_preview_shows_instants_wall_clock_and_offset_across_a_change_of_time()
    {
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/preview",
            """{"trigger":{"kind":"cron","expression":"30 2 * * *","timeZone":"Europe/Berlin"},"count":3,"from":"2026-10-24T00:00:00Z"}"""
        );
        var items = (await response.BodyAsync())
            .GetProperty("items")
            .EnumerateArray()
            .Select(item =>
                (
                    item.GetProperty("nominal").GetDateTimeOffset().UtcDateTime.ToString("s"),
                    item.GetProperty("local").GetString(),
                    item.GetProperty("offset").GetString()
                )
            );
        Assert.That(
            items,
            Is.EqualTo(
                new (string, string?, string?)[]
                {
                    ("2026-10-24T00:30:00", "2026-10-24T02:30:00", "+02:00"),
                    ("2026-10-25T00:30:00", "2026-10-25T02:30:00", "+02:00"),
                    ("2026-10-26T01:30:00", "2026-10-26T02:30:00", "+01:00"),
                }
            )
        );
    }

    [Test]
    public async Task A_preview_of_a_paused_schedule_says_what_is_skipped()
    {
        await CreateAsync();
        using var _ = await _host.Admin.PostTextAsync(
            $"{ApiHost.Schedules}/nightly/pause",
            """{"resumeAt":"2026-10-02T12:00:00Z"}"""
        );
        var body = await (await _host.Admin.GetAsync($"{ApiHost.Schedules}/nightly/preview?count=2")).BodyAsync();
        var items = body.GetProperty("items");
        Assert.That(items[0].GetProperty("skipped").GetString(), Is.EqualTo("paused"));
        Assert.That(items[1].TryGetProperty("skipped", out var skipped), Is.False, skipped.ToString());
    }

    [TestCase("""{"count":3}""", "trigger")]
    [TestCase("""{"trigger":{"kind":"interval","every":"PT1M"},"count":0}""", "count")]
    [TestCase("""{"trigger":{"kind":"interval","every":"PT1M"},"count":1001}""", "count")]
    [TestCase("""{"trigger":{"kind":"cron","expression":"61 * * * *"}}""", "trigger.expression")]
    public async Task A_bad_preview_is_refused(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Schedules}/preview", body);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { path }));
    }

    [Test]
    public async Task Occurrences_are_jobs_and_missed_instants_newest_first()
    {
        await CreateAsync();
        var schedule = _host.Broker.State.ByName.Values.Single();
        var ids = new List<JobId>();
        for (var day = 1; day <= 3; day++)
        {
            // The third occurrence belongs to another schedule that had the name before.
            var owner = day == 3 ? new ScheduleId(Guid.NewGuid()) : schedule.Id;
            var job = SampleJobs.Put(_host, JobState.Ready);
            ids.Add(job.Id);
            _host.Broker.Put(
                new StoredJob(
                    job with
                    {
                        Occurrence = new Occurrence(owner, "nightly", 1, ApiHost.Noon.AddDays(day)),
                    },
                    default,
                    default
                )
            );
        }

        _host.Broker.Missed.Add(new MissedOccurrence(ApiHost.Noon.AddDays(1.5), "catch-up window"));
        var items = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await (
                await _host.Admin.GetAsync(
                    $"{ApiHost.Schedules}/nightly/occurrences?limit=10{(cursor is null ? "" : $"&cursor={cursor}")}"
                )
            ).BodyAsync();
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        } while (cursor is not null);

        Assert.That(
            items.Select(item =>
                item.TryGetProperty("jobId", out var id) ? id.GetString() : item.GetProperty("missed").GetString()
            ),
            Is.EqualTo(new[] { ids[1].ToString(), "catch-up window", ids[0].ToString() })
        );
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

    [Test]
    public async Task A_run_of_missed_instants_is_one_item_with_its_end_and_count()
    {
        await CreateAsync();
        _host.Broker.Missed.Add(new MissedOccurrence(ApiHost.Noon, "window", ApiHost.Noon.AddHours(1), 3601));
        _host.Broker.Missed.Add(new MissedOccurrence(ApiHost.Noon.AddHours(-1), "single"));
        var items = (
            await (await _host.Admin.GetAsync($"{ApiHost.Schedules}/nightly/occurrences")).BodyAsync()
        ).GetProperty("items");
        Assert.That(
            (items[0].GetProperty("to").GetDateTimeOffset(), items[0].GetProperty("count").GetInt64()),
            Is.EqualTo((ApiHost.Noon.AddHours(1), 3601L))
        );
        Assert.That(
            items[1].TryGetProperty("to", out _) || items[1].TryGetProperty("count", out _),
            Is.False,
            "a single missed instant has neither"
        );
    }

    [Test]
    public async Task A_schedule_that_stands_still_says_so_in_the_list_and_has_no_preview()
    {
        await CreateAsync();
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

    [Test]
    public async Task Versions_say_who_changed_what_also_across_pages()
    {
        await CreateAsync();
        var saved = _host.Broker.State.ByName.Values.Single() with { ChangedBy = "user:ana" };
        _host.Broker.Versions.Add(
            saved with
            {
                Version = 3,
                ChangedBy = "user:ben",
                Overlap = OverlapPolicy.Queue,
                EndAt = ApiHost.Noon,
            }
        );
        _host.Broker.Versions.Add(saved with { Version = 2, Params = RawJson.Parse("""{"full":false,"days":[1]}""") });
        _host.Broker.Versions.Add(saved);
        var versions = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await (
                await _host.Admin.GetAsync(
                    $"{ApiHost.Schedules}/nightly/versions?limit=1{(cursor is null ? "" : $"&cursor={cursor}")}"
                )
            ).BodyAsync();
            versions.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        } while (cursor is not null);

        string[] Changes(int i) =>
            [
                .. versions[i]
                    .GetProperty("changes")
                    .EnumerateArray()
                    .Select(change => $"{change.GetProperty("path")}: {Raw(change, "from")} {Raw(change, "to")}"),
            ];

        static string Raw(JsonElement change, string name) =>
            change.TryGetProperty(name, out var value) ? value.GetRawText() : "-";

        Assert.That(
            versions.Select(version => version.GetProperty("changedBy").GetString()),
            Is.EqualTo(new[] { "user:ben", "user:ana", "user:ana" })
        );
        Assert.That(
            Changes(0),
            Is.EquivalentTo(
                new[]
                {
                    "job.params.full: false true",
                    "job.params.days: [1] -",
                    "overlap: \"skip\" \"queue\"",
                    "endAt: - \"2026-10-01T12:00:00+00:00\"",
                }
            )
        );
        Assert.That(Changes(1), Is.EquivalentTo(new[] { "job.params.full: true false", "job.params.days: - [1]" }));
        Assert.That(Changes(2), Is.Empty);
        using var put = await _host.Admin.PutTextAsync(
            $"{ApiHost.Schedules}/nightly",
            versions[2].GetProperty("schedule").GetRawText()
        );
        Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.OK), "what a version holds can be saved again");
    }

    [Test]
    public async Task A_schedule_that_nobody_made_has_no_versions_and_a_cursor_of_ours_is_needed()
    {
        using var missing = await _host.Admin.GetAsync($"{ApiHost.Schedules}/nobody/versions");
        Assert.That(missing.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        await CreateAsync();
        using var limit = await _host.Admin.GetAsync($"{ApiHost.Schedules}/nightly/versions?limit=501");
        Assert.That(limit.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Occurrences_page_through_both_kinds()
    {
        await CreateAsync();
        var schedule = _host.Broker.State.ByName.Values.Single();
        for (var i = 0; i < 3; i++)
        {
            var job = SampleJobs.Put(_host, JobState.Ready);
            _host.Broker.Put(
                new StoredJob(
                    job with
                    {
                        Occurrence = new Occurrence(schedule.Id, "nightly", 1, ApiHost.Noon.AddDays(i)),
                    },
                    default,
                    default
                )
            );
        }

        _host.Broker.Missed.Add(new MissedOccurrence(ApiHost.Noon, "paused"));
        var path = $"{ApiHost.Schedules}/nightly/occurrences?limit=2";
        var (seen, pages) = (0, 0);
        string? cursor = null;
        do
        {
            var page = await (
                await _host.Admin.GetAsync(cursor is null ? path : $"{path}&cursor={cursor}")
            ).BodyAsync();
            seen += page.GetProperty("items").GetArrayLength();
            pages++;
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        } while (cursor is not null);

        Assert.That((seen, pages), Is.EqualTo((4, 3)));
    }

    [TestCase("bad!")]
    [TestCase("YQ")]
    public async Task A_foreign_occurrence_cursor_is_refused(string cursor)
    {
        await CreateAsync();
        using var response = await _host.Admin.GetAsync($"{ApiHost.Schedules}/nightly/occurrences?cursor={cursor}");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "cursor" }));
    }

    private static IEnumerable<string?> NamesOf(JsonElement page) =>
        page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString());

    private async Task CreateAsync()
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Schedules, Nightly);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }
}
