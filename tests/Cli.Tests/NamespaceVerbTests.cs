namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of namespaces, and <c>status</c>, ask and print.</summary>
internal sealed class NamespaceVerbTests : VerbFixture<NamespaceVerbTests>, IVerbCases
{
    private const string NamespaceJson =
        """{"name":"shop","limits":{"waitingJobs":5},"usage":{"waitingJobs":1,"runningJobs":0,"schedules":0,"handlers":2},"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x"}""";

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case("POST /api/namespaces", NamespaceJson, "namespaces create shop --waiting-jobs 5"),
            Case("GET /api/namespaces", PageOf(NamespaceJson), "namespaces list"),
            Case("GET /api/namespaces/shop", NamespaceJson, "namespaces get shop"),
            Case("PATCH /api/namespaces/shop", NamespaceJson, "namespaces set shop --no-limits"),
            Case("DELETE /api/namespaces/shop?confirm=shop", "", "namespaces delete shop --confirm shop"),
            Case(
                "GET /health/ready",
                """
                {"version":"1","startedAt":"2026-01-02T12:00:00Z","scheduled":1,"ready":2,"running":3,"schedules":4,"handlersOnline":5,"sessions":6,"bridges":7,
                 "enqueued":8,"finished":9,"commits":10}
                """,
                "status"
            ),
        ];

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

    [TestCase("--sealed bank-* --sealed office-7", """{"sealed":["bank-*","office-7"]}""")]
    [TestCase("--no-sealed", """{"sealed":[]}""")]
    public async Task Handlers_that_must_seal_are_named_by_patterns(string options, string body)
    {
        Server.Answer(
            NamespaceJson.Replace("\"limits\"", "\"sealed\":[\"bank-*\"],\"limits\"", StringComparison.Ordinal)
        );
        var outcome = await RunAsync(["namespaces", "set", "shop", .. options.Split(' ')]);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Body, Is.EqualTo(body));
        Assert.That(outcome.Out, Does.Contain("sealed handlers").And.Contain("bank-*"));
    }

    [Test]
    public async Task A_namespace_says_how_long_its_records_are_kept()
    {
        Server.Answer(
            NamespaceJson.Replace(
                "\"limits\"",
                "\"retention\":{\"finishedJobs\":\"P30D\",\"auditEvents\":\"P400D\"},\"limits\"",
                StringComparison.Ordinal
            )
        );
        var outcome = await RunAsync("namespaces", "get", "shop");
        Assert.That(outcome.Out, Does.Match("finished jobs kept +P30D").And.Match("audit events kept +P400D"));
    }

    [Test]
    public async Task Status_of_a_broker_that_is_not_ready_fails()
    {
        Server.Status(503);
        Assert.That((await RunAsync("status")).ExitCode, Is.EqualTo(ExitCodes.Failed));
    }

    [Test]
    public async Task Certificates_are_shown_with_what_is_wrong()
    {
        Server
            .Answer("""{"status":"ready"}""")
            .Answer(
                """
                {"version":"0.1.0","startedAt":"2026-01-01T00:00:00Z","scheduled":0,"ready":0,"running":0,"schedules":0,
                "handlersOnline":0,"sessions":0,"bridges":0,"enqueued":0,"finished":0,"commits":0,"certificates":[
                {"source":"/tls/chain.pem","names":["a.example","b.example"],"validUntil":"2027-01-02T03:04:05Z"},
                {"source":"https://ca.example/dir","names":["c.example"],"problem":"The CA\u001b[2J refused it."}]}
                """
            );
        var outcome = await RunAsync("status");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Out, Does.Contain("a.example, b.example: until 2027-01-02 03:04:05Z"));
        Assert.That(outcome.Out, Does.Contain("c.example: none yet; The CA").And.Not.Contain("\u001b"));
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
