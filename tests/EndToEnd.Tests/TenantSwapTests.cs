using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.EndToEnd.Tests.Agents;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>
/// One tenant uses every id of another tenant in its own namespace: nothing is found, nothing happens, and the answer
/// is the one for an id that does not exist.
/// </summary>
public sealed class TenantSwapTests : StageTest
{
    private const string Attacker = "tenant-a";
    private const string Nobodys = "01a20e14-77d3-7e2f-84a4-1581e221185a";

    // A method is no stored thing: every name is answered, and that of another tenant like any other.
    private const string AnyName = "method";

    // For each route of a namespace that names a thing: the thing whose id is used, and a body that would be accepted.
    private static readonly Dictionary<string, (string Thing, string Body)> Routes = new()
    {
        ["GET /jobs/{id}"] = ("job", ""),
        ["PATCH /jobs/{id}"] = ("job", """{"priority":1,"params":{}}"""),
        ["GET /jobs/bulk/{id}"] = ("act", ""),
        ["DELETE /jobs/bulk/{id}"] = ("act", ""),
        ["POST /jobs/{id}/cancel"] = ("job", "{}"),
        ["POST /jobs/{id}/retry"] = ("job", ""),
        ["POST /jobs/{id}/replay"] = ("ended", ""),
        ["GET /batches/{id}"] = ("batch", ""),
        ["POST /batches/{id}/cancel"] = ("batch", ""),
        ["GET /jobs/{id}/attempts"] = ("ended", ""),
        ["GET /jobs/{id}/chain"] = ("job", ""),
        ["GET /jobs/{id}/explain"] = ("job", ""),
        ["GET /jobs/{id}/logs"] = ("ended", ""),
        ["GET /schedules/{name}"] = ("schedule", ""),
        ["PUT /schedules/{name}"] = ("", ""), // This route makes the attacker's own schedule; see below.
        ["DELETE /schedules/{name}"] = ("schedule", ""),
        ["POST /schedules/{name}/pause"] = ("schedule", "{}"),
        ["POST /schedules/{name}/resume"] = ("schedule", ""),
        ["POST /schedules/{name}/trigger"] = ("schedule", ""),
        ["POST /schedules/{name}/backfill"] = (
            "schedule",
            """{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}"""
        ),
        ["GET /schedules/{name}/backfill"] = ("schedule", ""),
        ["DELETE /schedules/{name}/backfill"] = ("schedule", ""),
        ["GET /schedules/{name}/preview"] = ("schedule", ""),
        ["GET /schedules/{name}/occurrences"] = ("schedule", ""),
        ["GET /schedules/{name}/explain"] = ("schedule", ""),
        ["GET /schedules/{name}/versions"] = ("schedule", ""),
        ["GET /calendars/{name}"] = ("calendar", ""),
        ["PUT /calendars/{name}"] = ("", ""), // This route makes the attacker's own calendar; see below.
        ["DELETE /calendars/{name}"] = ("calendar", ""),
        ["GET /handlers/{name}"] = ("handler", ""),
        ["GET /handlers/{name}/connections"] = ("handler", ""),
        ["DELETE /handlers/{name}"] = ("handler", ""),
        ["POST /handlers/{name}/drain"] = ("handler", ""),
        ["POST /handlers/{name}/resume"] = ("handler", ""),
        ["POST /handlers/{name}/disconnect"] = ("handler", ""),
        ["GET /methods/{method}"] = (AnyName, ""),
        ["POST /methods/{method}/pause"] = (AnyName, """{"reason":"mine"}"""),
        ["POST /methods/{method}/resume"] = (AnyName, ""),
        ["GET /alerts/rules/{rule}"] = ("rule", ""),
        ["PUT /alerts/rules/{rule}"] = ("", ""), // This route makes the attacker's own rule.
        ["DELETE /alerts/rules/{rule}"] = ("rule", ""),
        ["POST /alerts/rules/{rule}/mute"] = ("rule", """{"until":"2027-06-01T00:00:00Z"}"""),
        ["POST /alerts/rules/{rule}/unmute"] = ("rule", ""),
        ["GET /alerts/channels/{channel}"] = ("channel", ""),
        ["PUT /alerts/channels/{channel}"] = ("", ""), // This route makes the attacker's own channel; see below.
        ["DELETE /alerts/channels/{channel}"] = ("channel", ""),
        ["POST /alerts/channels/{channel}/test"] = ("channel", ""),
        ["DELETE /keys/{id}"] = ("key", ""),
        ["PATCH /keys/{id}"] = ("key", """{"methods":["mine"]}"""),
        ["POST /keys/{id}/rotate"] = ("key", ""),
        ["DELETE /enrolments/{id}"] = ("enrolment", ""),
    };

    private static readonly string[] Queries =
    [
        "jobs?batch={batch}",
        "jobs/bulk",
        "batches",
        "jobs?handler={handler}",
        "jobs?schedule={schedule}",
        "jobs?q={job}",
        "jobs?method={method}",
        "jobs?tag=victims",
        "executions?handler={handler}",
        "executions?method={method}",
        "handlers",
        "methods",
        "methods?all=true",
        "schedules",
        "calendars",
        "enrolments",
        "alerts",
        "alerts/rules",
        "alerts/channels",
        "audit?object=job:{job}",
        "audit?q={job}",
    ];

    private readonly Dictionary<string, string> _things = [];

    private HttpClient _http = null!;
    private JobId _job;

    [TearDown]
    public void CloseClient() => _http?.Dispose();

    [Test]
    public async Task Nothing_of_another_tenant_is_found_or_moved_by_its_id()
    {
        var key = await PrepareAsync();
        await AssertEveryRouteIsListedAsync();
        foreach (var (route, (thing, body)) in Routes.Where(entry => entry.Value.Thing.Length > 0))
        {
            var (shown, invented) = (
                _things[thing],
                thing is "job" or "ended" or "batch" or "act" ? Nobodys : "nobodys-own"
            );
            var theirs = await AskAsync(route, shown, body);
            var nobodys = await AskAsync(route, invented, body);
            Assert.That(theirs.Status, thing == AnyName ? Is.LessThan(300) : Is.EqualTo(404).Or.EqualTo(400), route);
            Assert.That(
                (theirs.Status, theirs.Text.Replace(shown, "ID")),
                Is.EqualTo((nobodys.Status, nobodys.Text.Replace(invented, "ID"))),
                route
            );
        }

        await AssertVictimIsUntouchedAsync(key);
    }

    [Test]
    public async Task Nothing_of_another_tenant_is_listed_by_any_filter_or_cursor()
    {
        await PrepareAsync();
        foreach (var query in Queries)
        {
            var filled = _things.Aggregate(
                query,
                (text, thing) => text.Replace($"{{{thing.Key}}}", thing.Value, StringComparison.Ordinal)
            );
            var (status, text) = await SendAsync(HttpMethod.Get, filled, "");
            Assert.That(status, Is.EqualTo(200), $"{query}: {text}");
            using var json = JsonDocument.Parse(text);
            Assert.That(json.RootElement.GetProperty("items").GetArrayLength(), Is.Zero, $"{query}: {text}");
        }

        foreach (var query in new[] { "jobs/counts", "jobs/counts?method={method}", "jobs/counts?batch={batch}" })
        {
            var filled = query
                .Replace("{method}", _things["method"], StringComparison.Ordinal)
                .Replace("{batch}", _things["batch"], StringComparison.Ordinal);
            var (_, text) = await SendAsync(HttpMethod.Get, filled, "");
            using var json = JsonDocument.Parse(text);
            Assert.That(json.RootElement.EnumerateObject().Sum(state => state.Value.GetInt64()), Is.Zero, text);
        }

        Assert.That(
            (await SendAsync(HttpMethod.Get, "executions/stats?by=handler", "")).Text,
            Does.Not.Contain(_things["handler"])
        );
        var page = await Stage.Client.Jobs.ListAsync(new JobFilter { Limit = 1 });
        var (cursorStatus, cursorText) = await SendAsync(
            HttpMethod.Get,
            $"jobs?cursor={Uri.EscapeDataString(page.NextCursor!)}",
            ""
        );
        Assert.That(cursorStatus, Is.EqualTo(200).Or.EqualTo(400));
        Assert.That(cursorText, Does.Not.Contain(_things["job"]).And.Not.Contain(_things["ended"]));
    }

    [Test]
    public async Task Names_and_keys_in_bodies_mean_ones_own_and_nobody_elses()
    {
        await PrepareAsync();
        const string SameKey = """{"method":"m","deduplicationKey":"k","concurrency":{"key":"c","limit":1}}""";
        var (status, text) = await SendAsync(HttpMethod.Post, "jobs", SameKey);
        Assert.That(status, Is.EqualTo(201), "the deduplication key of another tenant does not answer");
        Assert.That(text, Does.Not.Contain(_things["job"]));
        (status, text) = await SendAsync(
            HttpMethod.Post,
            "jobs/batch",
            $$"""{"jobs":[{{SameKey}},{"method":"{{JournalingAgent.Method}}","handler":"{{_things["handler"]}}"} ]}"""
        );
        Assert.That(status, Is.EqualTo(200));
        Assert.That(text, Does.Not.Contain(_things["job"]));
        foreach (var path in new[] { "jobs", "batches" })
        {
            var asked = await Task.WhenAll(
                new[] { _things["job"], _things["ended"], Nobodys }.Select(async id =>
                {
                    var after = $$"""{"method":"m","after":["{{id}}"]}""";
                    var (code, answer) = await SendAsync(
                        HttpMethod.Post,
                        path,
                        path == "jobs" ? after : $$"""{"jobs":[{{after}}]}"""
                    );
                    return (code, answer.Replace(id, "ID", StringComparison.Ordinal));
                })
            );
            Assert.That(
                asked.Select(one => one.code),
                Is.All.EqualTo(400),
                "a job cannot wait for jobs of another tenant"
            );
            Assert.That(asked.Distinct().Count(), Is.EqualTo(1), string.Join('\n', asked));
        }

        (status, _) = await SendAsync(
            HttpMethod.Put,
            $"schedules/{_things["schedule"]}",
            $$"""{"name":"{{_things["schedule"]}}","trigger":{"kind":"interval","every":"PT1S"},"job":{"method":"mine"} }"""
        );
        Assert.That(status, Is.EqualTo(201));
        Assert.That((await Stage.Client.Schedules.GetAsync(_things["schedule"])).Job.Method, Is.EqualTo("m"));

        (status, _) = await SendAsync(
            HttpMethod.Put,
            $"calendars/{_things["calendar"]}",
            $$"""{"name":"{{_things["calendar"]}}","weekdays":["monday"]}"""
        );
        Assert.That(status, Is.EqualTo(201));
        Assert.That((await Stage.Client.Calendars.GetAsync(_things["calendar"])).Weekdays, Is.Empty);
        (status, _) = await SendAsync(HttpMethod.Delete, $"calendars/{_things["calendar"]}", "");
        Assert.That(status, Is.EqualTo(204), "the schedule of the other tenant names its own calendar");

        (status, _) = await SendAsync(
            HttpMethod.Put,
            $"alerts/rules/{_things["rule"]}",
            $$"""{"when":"jobFailed","channels":["{{_things["channel"]}}"]}"""
        );
        Assert.That(status, Is.EqualTo(400), "the channel of the other tenant is not there");
        (status, _) = await SendAsync(
            HttpMethod.Put,
            $"alerts/channels/{_things["channel"]}",
            """{"kind":"mail","to":["attacker@example.org"]}"""
        );
        Assert.That(status, Is.EqualTo(201));
        Assert.That(
            (await Stage.Client.Alerts.GetChannelAsync(_things["channel"])).To,
            Is.EqualTo(new[] { "ops@example.org" })
        );

        // The job waits for a handler of its own tenant. A handler of the other tenant with the same name and method
        // does not run it.
        using var attacker = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = Stage.Rest,
                ApiKey = _things["credential"],
                Namespace = Attacker,
            }
        );
        var waiting = await attacker.Jobs.ListAsync(new JobFilter { Handler = _things["handler"] });
        Assert.That(waiting.Items.Single().State, Is.EqualTo(JobState.Ready));
    }

    /// <summary>Prepares the victim: the tenant "default", with one of everything.</summary>
    private async Task<KeyCreated> PrepareAsync()
    {
        await Stage.StartBrokerAsync();
        var key = await Stage.CreateHandlerKeyAsync("office");
        await StartAgentAsync("office", key.Key, Path.Combine(Stage.Folder, "office.journal"), 1, Stage.Router);
        var ended = await Stage.Client.Jobs.EnqueueAndWaitAsync(Work(1) with { Tags = ["victims"] }, Deadline);
        Assert.That(ended.State, Is.EqualTo(JobState.Succeeded));
        var job = await Stage.Client.Jobs.EnqueueAsync(
            new JobRequest
            {
                Method = "m",
                Tags = ["victims"],
                DeduplicationKey = "k",
                Concurrency = new ConcurrencyOptions("c", 1),
            }
        );
        await Stage.Client.Calendars.CreateAsync(
            new CalendarRequest { Name = "holidays", Dates = [new DateOnly(2026, 10, 3)] }
        );
        await Stage.Client.Schedules.CreateAsync(
            new ScheduleRequest
            {
                Name = "nightly",
                Trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 2 * * *" },
                Job = new JobRequest { Method = "m" },
                ExcludeCalendars = ["holidays"],
            }
        );
        await Stage.Client.Namespaces.CreateAsync(new NamespaceRequest { Name = Attacker });
        using var owner = new ScheduleZeroClient(Stage.Client.Options with { Namespace = Attacker });
        var attacker = await owner.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Service,
                Name = "attacker",
                Roles = [Roles.Admin],
                RequestsPerMinute = 1_000_000,
            }
        );
        _http = new HttpClient { BaseAddress = new Uri(Stage.Rest, $"/api/namespaces/{Attacker}/") };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", attacker.Key);
        _job = job.Id;
        _things["job"] = job.Id.ToString();
        _things["ended"] = ended.Id.ToString();
        _things["batch"] = (
            await Stage.Client.Batches.SubmitAsync(new BatchSubmission { Jobs = [new JobRequest { Method = "m" }] })
        ).Batch.Id.ToString();
        var act = new BulkActRequest
        {
            Action = BulkAction.Cancel,
            Filter = new BulkFilter(),
            DryRun = true,
        };
        _things["act"] = (await Stage.Client.Jobs.BeginBulkAsync(act)).Id.ToString();
        _things["schedule"] = "nightly";
        _things["calendar"] = "holidays";
        _things["handler"] = "office";
        _things["key"] = key.Id;
        _things["enrolment"] = (
            await Stage.Client.Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-9" })
        ).Id;
        await Stage.Client.Alerts.CreateChannelAsync(
            "ops",
            new AlertChannelRequest { Kind = AlertChannelKind.Mail, To = ["ops@example.org"] }
        );
        await Stage.Client.Alerts.CreateRuleAsync(
            "failures",
            new AlertRuleRequest { When = AlertCondition.JobFailed, Channels = ["ops"] }
        );
        _things["channel"] = "ops";
        _things["rule"] = "failures";
        _things["method"] = JournalingAgent.Method;
        _things["credential"] = attacker.Key;
        return key;
    }

    private async Task AssertEveryRouteIsListedAsync()
    {
        const string Prefix = "/api/namespaces/{ns}";
        using var document = JsonDocument.Parse(await _http.GetStringAsync("/openapi/v1.json"));
        var naming = document
            .RootElement.GetProperty("paths")
            .EnumerateObject()
            .Where(path =>
                path.Name.StartsWith(Prefix, StringComparison.Ordinal)
                && path.Name[Prefix.Length..].Contains('{', StringComparison.Ordinal)
            )
            .SelectMany(path =>
                path.Value.EnumerateObject()
                    .Select(verb => $"{verb.Name.ToUpperInvariant()} {path.Name[Prefix.Length..]}")
            );
        Assert.That(naming, Is.EquivalentTo(Routes.Keys));
    }

    private async Task AssertVictimIsUntouchedAsync(KeyCreated key)
    {
        Assert.That((await Stage.Client.Jobs.GetAsync(_job)).State, Is.EqualTo(JobState.Ready));
        Assert.That((await Stage.Client.Schedules.GetAsync("nightly")).Paused, Is.False);
        Assert.That((await Stage.Client.Alerts.GetRuleAsync("failures")).MutedUntil, Is.Null);
        Assert.That((await Stage.Client.Alerts.GetChannelAsync("ops")).Version, Is.EqualTo(1));
        Assert.That(
            await Stage.Client.Handlers.GetAsync("office"),
            Has.Property("Online").True.And.Property("Drained").False
        );
        Assert.That((await Stage.Client.Keys.ListAsync()).Items.Single(item => item.Id == key.Id).RevokedAt, Is.Null);
    }

    private Task<(int Status, string Text)> AskAsync(string route, string id, string body)
    {
        var parts = route.Split(' ');
        return SendAsync(
            new HttpMethod(parts[0]),
            parts[1]
                [1..]
                .Replace("{id}", id, StringComparison.Ordinal)
                .Replace("{name}", id, StringComparison.Ordinal)
                .Replace("{method}", id, StringComparison.Ordinal),
            body
        );
    }

    private async Task<(int Status, string Text)> SendAsync(HttpMethod verb, string path, string body)
    {
        using var request = new HttpRequestMessage(verb, path)
        {
            Content = body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
