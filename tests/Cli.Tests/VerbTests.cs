using System.Text.Json;

namespace ScheduleZero.Cli.Tests;

/// <summary>What each verb asks and prints.</summary>
internal sealed class VerbTests : CliFixture
{
    private const string Ns = "/api/namespaces/default";

    private const string EnrolmentJson =
        $$"""{"id":"0123456789ab","namespace":"default","handler":"office-7","createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x","expiresAt":"2026-01-02T12:15:00Z","token":"{{Token}}","command":"schedulezero agent enroll BRIDGE-URL {{Token}}"}""";

    private const string Token = "sze_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private const string Backfill =
        """{"state":"running","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","overlap":"queue","total":24,"made":3,"present":1,"requestedBy":"user:ana"}""";

    private static readonly string KeyJson =
        $$"""{"id":"0123456789ab","kind":"handler","namespace":"default","handler":"office-7","createdAt":"2026-01-02T12:00:00Z","createdBy":"x","key":"{{Key}}"}""";

    private const string UserJson = """
        {"userName":"ana","roles":[{"role":"operator","namespace":"default"}],"disabled":false,"twoFactor":false,"mustChangePassword":true,
         "createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x","password":"once"}
        """;

    private const string RoleJson =
        """{"name":"shop","builtIn":false,"rules":[{"permissions":["jobs:run"],"names":["reports.*"]}],"version":1,"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x"}""";

    private const string NamespaceJson =
        """{"name":"shop","limits":{"waitingJobs":5},"usage":{"waitingJobs":1,"runningJobs":0,"schedules":0,"handlers":2},"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x"}""";

    private const string CalendarJson = """
        {"name":"holidays","namespace":"default","version":3,"timeZone":"Europe/Berlin","dates":["2026-10-03"],"ranges":[{"from":"2026-12-24","to":"2027-01-01"}],
         "weekdays":["sunday"],"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x","changedAt":"2026-01-02T12:00:00Z","changedBy":"key:x"}
        """;

    private const string SimulationJson = """
        {"from":"2026-03-28T00:00:00Z","to":"2026-04-28T00:00:00Z","until":"2026-04-01T00:00:00Z","scheduleCount":12,"starts":60,
         "schedules":[{"name":"nightly","starts":30,"first":"2026-03-28T01:00:00Z","last":"2026-03-31T01:00:00Z"}],
         "hours":[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,59],
         "hoursOfDay":[40,1,0,0,0,0,0,0,0,0,0,0,20,0,0,0,0,0,0,0,0,0,0,0],"peaks":[{"at":"2026-03-28T01:00:00Z","starts":2}],"collisionCount":11,
         "collisions":[{"handler":"office-7","limit":1,"seconds":3,"at":"2026-03-28T01:00:00Z","starts":2,"schedules":["nightly","other"],"withJitter":0}],
         "clockChanges":[{"at":"2026-03-29T01:00:00Z","timeZone":"Europe/Berlin","offsetBefore":"+01:00","offsetAfter":"+02:00","effect":"moved","local":"2026-03-29T02:30:00","times":1,"schedule":"nightly","schedules":2}],
         "startsSaved":50,"differenceCount":1,"differences":[{"name":"nightly","change":"changed","startsBefore":20,"startsAfter":30}]}
        """;

    private const string SessionJson =
        """{"id":"s1","current":true,"createdAt":"2026-01-02T12:00:00Z","lastUsedAt":"2026-01-02T12:00:00Z","expiresAt":"2026-01-03T12:00:00Z","address":"10.0.0.1"}""";

    private const string BatchJson =
        $$"""{"id":"{{Job}}","namespace":"default","name":"october","total":3,"counts":{"scheduled":0,"ready":1,"running":0,"succeeded":2,"failed":0,"cancelled":0,"expired":0},"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x"}""";

    private static IEnumerable<TestCaseData> Verbs()
    {
        yield return Case($"GET {Ns}/jobs", PageOf(JobJson()), "jobs", "list");
        yield return Case(
            $"GET {Ns}/jobs?state=failed&method=m&handler=h&group=g&tag=t&schedule=s&"
                + "from=2026-01-01T00%3A00%3A00Z&to=2026-01-02T12%3A10%3A00Z&q=a%20b&limit=5&cursor=c",
            PageOf(JobJson()),
            "jobs",
            "list",
            "--state",
            "failed",
            "--method",
            "m",
            "--handler",
            "h",
            "--group",
            "g",
            "--tag",
            "t",
            "--schedule",
            "s",
            "--from",
            "2026-01-01",
            "--to",
            "+10m",
            "--query",
            "a b",
            "--limit",
            "5",
            "--cursor",
            "c"
        );
        yield return Case($"GET {Ns}/jobs/{Job}", JobJson(), "jobs", "get", Job);
        yield return Case($"POST {Ns}/jobs/{Job}/cancel", JobJson("cancelled", ""), "jobs", "cancel", Job);
        yield return Case($"POST {Ns}/jobs/{Job}/retry", JobJson("ready", ""), "jobs", "retry", Job);
        yield return Case($"POST {Ns}/jobs/{Job}/replay", JobJson("ready", ""), "jobs", "replay", Job);
        yield return Case(
            $"GET {Ns}/jobs/{Job}/explain",
            $$"""{"id":"{{Job}}","state":"ready","heldBy":"offline","gates":[{"gate":"notDue","passed":true,"sentence":"It is due."},{"gate":"offline","passed":false,"sentence":"a may run it.","opensWhen":"It connects."}]}""",
            "jobs",
            "explain",
            Job
        );
        yield return Case(
            $"GET {Ns}/jobs/{Job}/attempts",
            PageOf(
                $$"""{"attemptId":"{{Job}}.1","number":1,"outcome":"succeeded","handler":"h","session":"s","fencingToken":1,"assignedAt":"2026-01-02T12:00:00Z"}"""
            ),
            "jobs",
            "attempts",
            Job
        );
        yield return Case(
            $"GET {Ns}/jobs/{Job}/logs?attempt=2&limit=500",
            PageOf(
                """{"sequence":1,"attempt":2,"at":"2026-01-02T12:00:00Z","level":"information","message":"hello"}"""
            ),
            "jobs",
            "logs",
            Job,
            "--attempt",
            "2"
        );
        yield return Case($"GET {Ns}/jobs?batch={Job}", PageOf(JobJson()), "jobs", "list", "--batch", Job);
        yield return Case($"GET {Ns}/jobs?include=params", PageOf(JobJson()), "jobs", "list", "--include", "params");
        yield return Case(
            $"GET {Ns}/batches?limit=5&cursor=c",
            PageOf(BatchJson),
            "batches",
            "list",
            "--limit",
            "5",
            "--cursor",
            "c"
        );
        yield return Case($"GET {Ns}/batches/{Job}", BatchJson, "batches", "show", Job);
        yield return Case($"POST {Ns}/batches/{Job}/cancel", BatchJson, "batches", "cancel", Job);
        yield return Case($"GET {Ns}/schedules", PageOf(ScheduleJson()), "schedules", "list");
        yield return Case($"GET {Ns}/schedules/nightly", ScheduleJson(), "schedules", "get", "nightly");
        yield return Case(
            $"POST {Ns}/schedules/nightly/pause",
            ScheduleJson(),
            "schedules",
            "pause",
            "nightly",
            "--note",
            "x"
        );
        yield return Case($"POST {Ns}/schedules/nightly/resume", ScheduleJson(), "schedules", "resume", "nightly");
        yield return Case($"POST {Ns}/schedules/nightly/trigger", JobJson(), "schedules", "trigger", "nightly");
        yield return Case(
            $"POST {Ns}/schedules/nightly/backfill",
            Backfill,
            "schedules",
            "backfill",
            "nightly",
            "--from",
            "-7d",
            "--overlap",
            "queue",
            "--dry-run"
        );
        yield return Case($"GET {Ns}/schedules/nightly/backfill", Backfill, "schedules", "backfill-status", "nightly");
        yield return Case(
            $"DELETE {Ns}/schedules/nightly/backfill",
            Backfill,
            "schedules",
            "backfill-cancel",
            "nightly"
        );
        yield return Case($"DELETE {Ns}/schedules/nightly", "", "schedules", "delete", "nightly");
        yield return Case(
            $"GET {Ns}/schedules/nightly/explain",
            """{"name":"nightly","nominal":"2026-01-02T02:00:00Z","heldBy":"notDue","gates":[{"gate":"notDue","passed":false,"sentence":"Not yet.","opensWhen":"It comes.","opensAt":"2026-01-02T02:00:00Z"}]}""",
            "schedules",
            "explain",
            "nightly"
        );
        yield return Case($"GET {Ns}/schedules", PageOf(ScheduleJson()), "schedules", "export");
        yield return Case(
            $"GET {Ns}/schedules/nightly/preview?count=3",
            """{"items":[]}""",
            "schedules",
            "preview",
            "nightly",
            "--count",
            "3"
        );
        yield return Case(
            $"POST {Ns}/schedules/preview",
            """{"items":[]}""",
            "schedules",
            "preview",
            "--cron",
            "@daily"
        );
        yield return Case(
            $"POST {Ns}/schedules/preview",
            """{"items":[]}""",
            "schedules",
            "preview",
            "--days",
            "2",
            "--time-of-day",
            "02:30",
            "--time-zone",
            "Europe/Berlin"
        );
        yield return Case(
            $"GET {Ns}/schedules/nightly/occurrences",
            PageOf("""{"nominal":"2026-01-02T02:00:00Z"}"""),
            "schedules",
            "occurrences",
            "nightly"
        );
        yield return Case(
            $"GET {Ns}/schedules/nightly/versions",
            PageOf(
                """{"version":2,"changedAt":"2026-01-02T02:00:00Z","changedBy":"user:ana","schedule":{"name":"nightly","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"a"}},"changes":[{"path":"overlap","from":"allow","to":"skip"}]}"""
            ),
            "schedules",
            "versions",
            "nightly"
        );
        yield return Case($"GET {Ns}/calendars", PageOf(CalendarJson), "calendars", "list");
        yield return Case($"GET {Ns}/calendars/holidays", CalendarJson, "calendars", "show", "holidays");
        yield return Case(
            $"PUT {Ns}/calendars/holidays",
            CalendarJson,
            "calendars",
            "set",
            "holidays",
            "--date",
            "2026-10-03",
            "--range",
            "2026-12-24..2027-01-01",
            "--weekday",
            "Sunday",
            "--time-zone",
            "Europe/Berlin",
            "--description",
            "d",
            "--if-version",
            "3"
        );
        yield return Case($"DELETE {Ns}/calendars/holidays", "", "calendars", "delete", "holidays");
        yield return Case(
            $"POST {Ns}/schedules/preview",
            """{"items":[]}""",
            "schedules",
            "preview",
            "--cron",
            "@daily",
            "--exclude-calendar",
            "holidays"
        );
        yield return Case(
            $"POST {Ns}/schedules/simulate",
            SimulationJson,
            "schedules",
            "simulate",
            "nightly",
            "--to",
            "+7d",
            "--time-zone",
            "Europe/Berlin"
        );
        yield return Case($"GET {Ns}/handlers", PageOf(HandlerJson()), "handlers", "list");
        yield return Case($"GET {Ns}/handlers/office-7", HandlerJson(), "handlers", "get", "office-7");
        yield return Case(
            $"GET {Ns}/methods",
            PageOf("""{"name":"m","description":null,"paramsSchema":null,"handlers":["h"]}"""),
            "handlers",
            "methods"
        );
        yield return Case($"POST {Ns}/handlers/office-7/drain", HandlerJson(), "handlers", "drain", "office-7");
        yield return Case($"POST {Ns}/handlers/office-7/resume", HandlerJson(), "handlers", "resume", "office-7");
        yield return Case(
            $"POST {Ns}/handlers/office-7/disconnect",
            HandlerJson(),
            "handlers",
            "disconnect",
            "office-7"
        );
        yield return Case($"GET {Ns}/keys", PageOf(KeyJson), "keys", "list");
        yield return Case($"POST {Ns}/keys", KeyJson, "keys", "create", "handler", "office-7", "--method", "reports.*");
        yield return Case(
            $"PATCH {Ns}/keys/0123456789ab",
            KeyJson,
            "keys",
            "change",
            "0123456789ab",
            "--method",
            "reports.*",
            "--max-capacity",
            "4"
        );
        yield return Case(
            $"PATCH {Ns}/keys/0123456789ab",
            KeyJson,
            "keys",
            "change",
            "0123456789ab",
            "--requests-per-minute",
            "6000"
        );
        yield return Case(
            $"POST {Ns}/keys/0123456789ab/rotate",
            KeyJson,
            "keys",
            "rotate",
            "0123456789ab",
            "--overlap",
            "1h"
        );
        yield return Case(
            $"POST {Ns}/enrolments",
            EnrolmentJson,
            "enrolments",
            "create",
            "office-7",
            "--method",
            "reports.*",
            "--expires-in",
            "30m"
        );
        yield return Case($"GET {Ns}/enrolments", PageOf(EnrolmentJson), "enrolments", "list");
        yield return Case($"DELETE {Ns}/enrolments/0123456789ab", "", "enrolments", "revoke", "0123456789ab");
        yield return Case($"DELETE {Ns}/keys/0123456789ab", "", "keys", "revoke", "0123456789ab");
        yield return Case(
            "GET /api/auth/me",
            """{"name":"user:ana","kind":"user","roles":[{"role":"viewer","namespace":"default"}],"twoFactor":true}""",
            "whoami"
        );
        yield return Case("GET /api/auth/sessions", PageOf(SessionJson), "account", "sessions");
        yield return Case("DELETE /api/auth/sessions/s1", "", "account", "sessions", "--end", "s1");
        yield return Case(
            "POST /api/auth/totp/confirm",
            """{"codes":["A-B"]}""",
            "account",
            "totp",
            "confirm",
            "123456"
        );
        yield return Case(
            "POST /api/users",
            UserJson,
            "users",
            "create",
            "ana",
            "--role",
            "operator",
            "--role",
            "admin@*"
        );
        yield return Case("GET /api/users", PageOf(UserJson), "users", "list");
        yield return Case("GET /api/users/ana", UserJson, "users", "get", "ana");
        yield return Case("PATCH /api/users/a@b.example", UserJson, "users", "set", "a@b.example", "--disable");
        yield return Case("POST /api/users/ana/password", """{"password":"once"}""", "users", "reset-password", "ana");
        yield return Case("GET /api/users/ana/sessions", PageOf(SessionJson), "users", "sessions", "ana");
        yield return Case("DELETE /api/users/ana", "", "users", "delete", "ana");
        yield return Case(
            "POST /api/roles",
            RoleJson,
            "roles",
            "create",
            "shop",
            "--permission",
            "jobs:run",
            "--only",
            "reports.*"
        );
        yield return Case("PUT /api/roles/shop", RoleJson, "roles", "put", "shop", "--permission", "jobs:*");
        yield return Case("GET /api/roles", PageOf(RoleJson), "roles", "list");
        yield return Case("GET /api/roles/shop", RoleJson, "roles", "get", "shop");
        yield return Case("POST /api/namespaces", NamespaceJson, "namespaces", "create", "shop", "--waiting-jobs", "5");
        yield return Case("GET /api/namespaces", PageOf(NamespaceJson), "namespaces", "list");
        yield return Case("GET /api/namespaces/shop", NamespaceJson, "namespaces", "get", "shop");
        yield return Case("PATCH /api/namespaces/shop", NamespaceJson, "namespaces", "set", "shop", "--no-limits");
        yield return Case(
            "DELETE /api/namespaces/shop?confirm=shop",
            "",
            "namespaces",
            "delete",
            "shop",
            "--confirm",
            "shop"
        );
        yield return Case("DELETE /api/roles/shop", "", "roles", "delete", "shop");
        yield return Case(
            $"GET {Ns}/executions?outcome=timedOut&method=m",
            """{"items":[]}""",
            "executions",
            "list",
            "--outcome",
            "timedOut",
            "--method",
            "m"
        );
        yield return Case(
            $"GET {Ns}/executions/export?format=csv",
            "a,b\n1,2\n",
            "executions",
            "export",
            "--format",
            "csv"
        );
        yield return Case(
            $"GET {Ns}/executions/stats?by=method&window=P1D",
            """{"window":"P1D","items":[]}""",
            "executions",
            "stats",
            "--by",
            "method",
            "--window",
            "1d"
        );
        yield return Case("GET /api/audit", """{"items":[]}""", "audit", "list");
        yield return Case("GET /api/audit/keys", """{"keys":[]}""", "audit", "keys");
        yield return Case(
            "GET /health/ready",
            """
            {"version":"1","startedAt":"2026-01-02T12:00:00Z","scheduled":1,"ready":2,"running":3,"schedules":4,"handlersOnline":5,"sessions":6,"bridges":7,
             "enqueued":8,"finished":9,"commits":10}
            """,
            "status"
        );

        static TestCaseData Case(string request, string answer, params string[] args) =>
            new TestCaseData(request, answer, args).SetArgDisplayNames(string.Join(' ', args));
    }

    [TestCaseSource(nameof(Verbs))]
    public async Task A_verb_asks_what_its_words_say(string request, string answer, string[] args)
    {
        Server.Answer(answer);
        var outcome = await RunAsync(args);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Line, Is.EqualTo(request));
        Assert.That(Server.Requests[0].Headers.Authorization.ToString(), Is.EqualTo($"Bearer {Key}"));
        Assert.That(outcome.Out, Does.Not.Contain("\u001b"), "no colours when nobody looks");
    }

    [TestCaseSource(nameof(Verbs))]
    public async Task A_verb_with_output_json_prints_json_or_nothing(string request, string answer, string[] args)
    {
        Server.Answer(answer);
        var outcome = await RunAsync([.. args, "-o", "json"]);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        if (
            !request.StartsWith("DELETE", StringComparison.Ordinal)
            && !request.Contains("format=csv", StringComparison.Ordinal)
        )
        {
            Assert.That(() => JsonDocument.Parse(outcome.Out).Dispose(), Throws.Nothing, outcome.Out);
        }
    }

    [Test]
    public async Task A_table_is_aligned_and_plain()
    {
        Server.Answer(PageOf(JobJson(), "c2"));
        var outcome = await RunAsync("jobs", "list");
        var lines = outcome.Out.TrimEnd().Split(Environment.NewLine);
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(
            lines[0].IndexOf("STATE", StringComparison.Ordinal),
            Is.EqualTo(lines[1].IndexOf("succeeded", StringComparison.Ordinal))
        );
        Assert.That(outcome.Error, Does.Contain("--cursor c2"));
    }

    [Test]
    public async Task All_reads_page_after_page()
    {
        Server.Answer(PageOf(JobJson(), "c2")).Answer("""{"items":[],"nextCursor":"c3"}""").Answer(PageOf(JobJson()));
        var outcome = await RunAsync("jobs", "list", "--all", "-o", "json");
        using var json = JsonDocument.Parse(outcome.Out);
        Assert.That(json.RootElement.GetProperty("items").GetArrayLength(), Is.EqualTo(2));
        Assert.That(
            Server.Requests.Select(request => request.Target),
            Is.EqualTo(
                new[] { $"{Ns}/jobs?limit=500", $"{Ns}/jobs?limit=500&cursor=c2", $"{Ns}/jobs?limit=500&cursor=c3" }
            )
        );
    }

    [Test]
    public async Task Submit_sends_every_setting()
    {
        Server.Answer(JobJson("scheduled", "\"warning\":\"nobody offers it yet\","), 201);
        var outcome = await RunAsync(
            "jobs",
            "submit",
            "m",
            """{"month": "2026-10"}""",
            "--handler",
            "h",
            "--priority",
            "-5",
            "--run-at",
            "+10m",
            "--start-deadline",
            "2026-01-03T00:00:00Z",
            "--timeout",
            "90s",
            "--max-attempts",
            "5",
            "--backoff",
            "linear",
            "--first-delay",
            "500ms",
            "--max-delay",
            "PT1H",
            "--retry-jitter",
            "0.5",
            "--deduplication-key",
            "d",
            "--deduplication-window",
            "1d",
            "--deduplication-strict",
            "--concurrency-key",
            "db",
            "--concurrency-limit",
            "2",
            "--rate-key",
            "mail",
            "--rate-limit",
            "100",
            "--rate-period",
            "1m",
            "--after",
            "x",
            "--after",
            "y",
            "--after-failure",
            "run",
            "--tag",
            "a",
            "--tag",
            "b"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Error, Does.Contain("warning: nobody offers it yet"));
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo(
                """
                {"method":"m","params":{"month": "2026-10"},"handler":"h","priority":-5,"runAt":"2026-01-02T12:10:00+00:00",
                "startDeadline":"2026-01-03T00:00:00+00:00","timeout":"PT1M30S","retry":{"maxAttempts":5,"backoff":"linear","firstDelay":"PT0.5S",
                "maxDelay":"PT1H","jitter":0.5},"deduplicationKey":"d","deduplicationWindow":"P1D","deduplicationStrict":true,"concurrency":{"key":"db","limit":2},
                "rateLimit":{"key":"mail","limit":100,"period":"PT1M"},"tags":["a","b"],"after":["x","y"],"afterFailure":"run"}
                """.ReplaceLineEndings("")
            )
        );
    }

    [Test]
    public async Task A_batch_is_submitted_from_a_file()
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(
            file,
            """{"name":"october","jobs":[{"method":"a","ref":"a"},{"method":"b","after":["#a"]}],"onComplete":{"method":"done"}}"""
        );
        Server.Answer($$"""{"batch":{{BatchJson}},"jobs":["{{Job}}"]}""", 201);
        var outcome = await RunAsync("batches", "submit", file);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Target, Is.EqualTo($"{Ns}/batches"));
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo(
                """{"jobs":[{"method":"a","ref":"a"},{"method":"b","after":["#a"]}],"name":"october","onComplete":{"method":"done"}}"""
            )
        );
        Assert.That(outcome.Out, Does.Contain("october"));
        await File.WriteAllTextAsync(file, """{"name":"october"}""");
        Assert.That((await RunAsync("batches", "submit", file)).Error, Does.Contain("is no batch"));
        Assert.That((await RunAsync("jobs", "list", "--batch", "7")).Error, Does.Contain("no batch id"));
        File.Delete(file);
    }

    [Test]
    public async Task Limits_of_methods_and_handlers_are_typed_as_name_and_number()
    {
        Server.Answer(NamespaceJson);
        var outcome = await RunAsync(
            "namespaces",
            "set",
            "shop",
            "--method-running",
            "mail.send=5",
            "--method-rate",
            "mail.send=100/1m",
            "--handler-running",
            "office-7=2"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo(
                """{"limits":{"perMethod":{"mail.send":{"runningJobs":5,"rate":{"limit":100,"period":"PT1M"}}},"perHandler":{"office-7":{"runningJobs":2}}}}"""
            )
        );
        Assert.That(
            (await RunAsync("namespaces", "set", "shop", "--method-rate", "mail.send=100")).ExitCode,
            Is.EqualTo(2)
        );
    }

    [Test]
    public async Task A_simulation_is_drawn_by_the_hour()
    {
        Server.Answer(SimulationJson);
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "s.json"),
            """{"schedules":[{"name":"a","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"}}]}"""
        );
        var outcome = await RunAsync(
            "schedules",
            "simulate",
            "--file",
            $"{Folder}/s.json",
            "--prune",
            "--from",
            "2026-03-28T00:00:00Z"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo(
                """{"from":"2026-03-28T00:00:00+00:00","schedules":[{"name":"a","trigger":{"kind":"cron","expression":"@daily"},"job":{"method":"m"}}],"prune":true}"""
            )
        );
        var lines = outcome.Out.Split(Environment.NewLine);
        Assert.That(lines[0], Does.StartWith("12 schedules, 60 starts from 2026-03-28"));
        Assert.That(lines[1], Does.Contain("was too much to look at"));
        Assert.That(
            lines,
            Has.Member($"00  {new string('#', 50)}  40")
                .And.Member($"01  {"#", -50}  1")
                .And.Member($"12  {new string('#', 25), -50}  20")
                .And.Member($"13  {"", -50}  0")
        );
        Assert.That(
            lines,
            Has.Member("Collisions: 10 of 11").And.Member("As saved: 50 starts, +10 with what was given")
        );
        Assert.That(
            outcome.Out,
            Does.Contain("handler office-7").And.Contain("+01:00 > +02:00").And.Contain("nightly and 1 more")
        );
    }

    [TestCase("--prune")]
    [TestCase("nightly", "--file", "-")]
    public async Task A_simulation_of_names_and_a_file_at_once_is_refused(params string[] words)
    {
        Input = "[]";
        Assert.That((await RunAsync(["schedules", "simulate", .. words])).ExitCode, Is.EqualTo(2));
        Assert.That(Server.Requests, Is.Empty);
    }

    [Test]
    public async Task A_calendar_is_imported_from_a_file_or_from_standard_input()
    {
        Server.Answer(CalendarJson);
        await File.WriteAllTextAsync(Path.Combine(Folder, "h.ics"), "BEGIN:VCALENDAR");
        Input = "END:VCALENDAR";
        Assert.That(
            (
                await RunAsync(
                    "calendars",
                    "import",
                    "holidays",
                    $"{Folder}/h.ics",
                    "--range",
                    "2026-12-24..2027-01-01"
                )
            ).ExitCode,
            Is.Zero
        );
        Assert.That((await RunAsync("calendars", "import", "holidays", "-", "--weekday", "sunday")).ExitCode, Is.Zero);
        Assert.That(
            Server.Requests.Select(request => request.Body),
            Is.EqualTo(
                new[]
                {
                    """{"name":"holidays","dates":[],"ranges":[{"from":"2026-12-24","to":"2027-01-01"}],"weekdays":[],"ics":"BEGIN:VCALENDAR"}""",
                    """{"name":"holidays","dates":[],"ranges":[],"weekdays":["sunday"],"ics":"END:VCALENDAR"}""",
                }
            )
        );
        foreach (
            var wrong in new[] { new[] { "--date", "3.10.2026" }, ["--range", "2026-12-24"], ["--weekday", "someday"] }
        )
        {
            Assert.That(
                (await RunAsync(["calendars", "set", "holidays", .. wrong])).ExitCode,
                Is.EqualTo(2),
                string.Join(' ', wrong)
            );
        }
    }

    [Test]
    public async Task Params_come_from_a_file_or_from_standard_input()
    {
        Server.Answer(JobJson());
        await File.WriteAllTextAsync(Path.Combine(Folder, "p.json"), "[1,\n 2]");
        Input = "[2]";
        Assert.That((await RunAsync("jobs", "submit", "m", $"@{Folder}/p.json")).ExitCode, Is.Zero);
        Assert.That((await RunAsync("jobs", "submit", "m", "-")).ExitCode, Is.Zero);
        Assert.That((await RunAsync("jobs", "submit", "m")).ExitCode, Is.Zero);
        Assert.That((await RunAsync("jobs", "submit", "m", "null")).ExitCode, Is.Zero);
        Assert.That(
            Server.Requests.Select(request => request.Body),
            Is.EqualTo(
                new[]
                {
                    """{"method":"m","params":[1,\n 2]}""".Replace("\\n", "\n"),
                    """{"method":"m","params":[2]}""",
                    """{"method":"m"}""",
                    """{"method":"m","params":null}""",
                }
            )
        );
    }

    [TestCase("succeeded", "\"result\":{\"pages\":12},", ExitCodes.Ok)]
    [TestCase("failed", "\"error\":{\"type\":\"Boom\",\"message\":\"it broke\"},", ExitCodes.Failed)]
    [TestCase("cancelled", "", ExitCodes.Failed)]
    [TestCase("expired", "", ExitCodes.Failed)]
    public async Task Run_follows_the_log_and_exits_as_the_job_ends(string state, string extra, int exitCode)
    {
        Server
            .Answer(JobJson("ready", ""), 201)
            .Answer(
                """
                data: {"sequence":1,"attempt":1,"at":"2026-01-02T12:00:00Z","level":"information","message":"half\u001b[2J way"}


                """,
                contentType: "text/event-stream"
            )
            .Answer(JobJson(state, extra));
        var outcome = await RunAsync("jobs", "run", "m");
        Assert.That(outcome.ExitCode, Is.EqualTo(exitCode));
        Assert.That(outcome.Error, Does.Contain("half�[2J way"), "a handler's message cannot steer the terminal");
        Assert.That(outcome.Out.Trim(), Is.EqualTo(state == "succeeded" ? """{"pages":12}""" : ""));
        Assert.That(outcome.Error.Contains("Boom: it broke", StringComparison.Ordinal), Is.EqualTo(state == "failed"));
        Assert.That(Server.Requests[1].Line, Is.EqualTo($"GET {Ns}/jobs/{Job}/logs?follow=true"));
    }

    [Test]
    public async Task Create_schedule_sends_trigger_template_and_options()
    {
        Server.Answer(ScheduleJson(), 201);
        var outcome = await RunAsync(
            "schedules",
            "create",
            "nightly",
            "db.backup",
            "{}",
            "--cron",
            "0 2 * * *",
            "--time-zone",
            "Europe/Berlin",
            "--overlap",
            "cancelPrevious",
            "--jitter",
            "30s",
            "--misfire",
            "none",
            "--catch-up-window",
            "2h",
            "--max-occurrences",
            "9",
            "--owner",
            "user:ben",
            "--paused",
            "--handler",
            "h"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo(
                """
                {"name":"nightly","trigger":{"kind":"cron","expression":"0 2 * * *","timeZone":"Europe/Berlin"},
                "job":{"method":"db.backup","params":{},"handler":"h"},
                "misfire":"none","catchUpWindow":"PT2H","overlap":"cancelPrevious","jitter":"PT30S","maxOccurrences":9,"paused":true,"owner":"user:ben"}
                """.ReplaceLineEndings("")
            )
        );
    }

    [Test]
    public async Task Put_schedule_from_a_file_names_the_version_that_it_replaces()
    {
        Server.Answer(ScheduleJson());
        Input = ScheduleJson();
        var outcome = await RunAsync("schedules", "put", "--file", "-", "--if-version", "3");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Line, Is.EqualTo($"PUT {Ns}/schedules/nightly"));
        Assert.That(Server.Requests[0].Headers.IfMatch.ToString(), Is.EqualTo("\"3\""));
    }

    [TestCase("office-7", "\"handler\":\"office-7\"")]
    [TestCase("office-*", "\"handlers\":\"office-*\"")]
    public async Task An_enrolment_token_is_printed_with_the_line_to_run(string handler, string expected)
    {
        Server.Answer(EnrolmentJson, 201);
        var outcome = await RunAsync("enrolments", "create", handler, "--max-capacity", "4", "--expires-in", "30m");
        Assert.That(
            Server.Requests[0].Body,
            Does.Contain(expected).And.Contain("\"maxCapacity\":4").And.Contain("\"expiresIn\":\"PT30M\"")
        );
        Assert.That(outcome.Out, Does.Contain($"schedulezero agent enroll BRIDGE-URL {Token}"));
    }

    [Test]
    public async Task A_rotated_key_may_stay_good_for_as_long_as_is_said()
    {
        Server.Answer(KeyJson, 201);
        var outcome = await RunAsync("keys", "rotate", "0123456789ab", "--overlap", "1h");
        Assert.That(Server.Requests[0].Body, Is.EqualTo("{\"overlap\":\"PT1H\"}"));
        Assert.That(outcome.Out, Does.Contain(Key));
    }

    [Test]
    public async Task A_new_key_goes_to_a_file_that_only_its_owner_reads()
    {
        Server.Answer(KeyJson, 201);
        var file = Path.Combine(Folder, "office-7.key");
        var outcome = await RunAsync("keys", "create", "handler", "office-7", "--out", file);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Out + outcome.Error, Does.Not.Contain(Key));
        Assert.That((await File.ReadAllTextAsync(file)).Trim(), Is.EqualTo(Key));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Test]
    public async Task Events_are_lines()
    {
        Server.Answer(
            """
            id: 7
            event: job.succeeded
            data: {"id":"7","type":"job.succeeded","namespace":"default","subject":"x","at":"2026-01-02T12:00:00Z","method":"m"}


            """,
            contentType: "text/event-stream"
        );
        var outcome = await RunAsync("events", "--after", "6", "--count", "1");
        Assert.That(outcome.Out, Does.Contain("12:00:00.000  job.succeeded"));
        Assert.That(Server.Requests[0].Headers["Last-Event-ID"].ToString(), Is.EqualTo("6"));
    }

    [Test]
    public async Task A_message_of_several_lines_looks_like_no_other_line_of_the_log()
    {
        Server.Answer(
            PageOf(
                """{"sequence":1,"attempt":1,"at":"2026-01-02T12:00:00Z","level":"warning","message":"half\n12:00:01.000 1 information all is well\rbut"}"""
            )
        );
        var outcome = await RunAsync("jobs", "logs", Job);
        var lines = outcome.Out.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.That(lines[0], Is.EqualTo("12:00:00.000 1 warning     half"));
        Assert.That(lines[1..], Has.Length.EqualTo(2).And.All.StartsWith(new string(' ', 27)));
    }

    [Test]
    public async Task Status_of_a_broker_that_is_not_ready_fails()
    {
        Server.Status(503);
        Assert.That((await RunAsync("status")).ExitCode, Is.EqualTo(ExitCodes.Failed));
    }

    [TestCase("table")]
    [TestCase("json")]
    public async Task Who_may_not_see_the_whole_Brokers_sums_is_shown_those_of_the_namespace(string output)
    {
        Server
            .Answer("""{"status":"ready"}""")
            .Answer(
                """{"status":403,"code":"forbidden","title":"Forbidden","detail":"no"}""",
                403,
                "application/problem+json"
            )
            .Answer(NamespaceJson);
        var outcome = await RunAsync("status", "-o", output, "--namespace", "shop");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[^1].Line, Is.EqualTo("GET /api/namespaces/shop"));
        Assert.That(outcome.Out, Does.Contain("shop"));
    }
}
