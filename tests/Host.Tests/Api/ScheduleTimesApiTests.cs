using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Previews, occurrences and versions of schedules, as REST shows them.</summary>
[Parallelizable]
public sealed class ScheduleTimesApiTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

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
        await SampleSchedules.CreateAsync(_host);
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
        await SampleSchedules.CreateAsync(_host);
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

    [Test]
    public async Task A_run_of_missed_instants_is_one_item_with_its_end_and_count()
    {
        await SampleSchedules.CreateAsync(_host);
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
    public async Task Versions_say_who_changed_what_also_across_pages()
    {
        await SampleSchedules.CreateAsync(_host);
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
        await SampleSchedules.CreateAsync(_host);
        using var limit = await _host.Admin.GetAsync($"{ApiHost.Schedules}/nightly/versions?limit=501");
        Assert.That(limit.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Occurrences_page_through_both_kinds()
    {
        await SampleSchedules.CreateAsync(_host);
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
        await SampleSchedules.CreateAsync(_host);
        using var response = await _host.Admin.GetAsync($"{ApiHost.Schedules}/nightly/occurrences?cursor={cursor}");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "cursor" }));
    }
}
