namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of executions, the audit log and events ask and print.</summary>
internal sealed class RecordVerbTests : VerbFixture<RecordVerbTests>, IVerbCases
{
    public static IEnumerable<TestCaseData> Cases =>
        [
            Case(
                $"GET {Ns}/executions?outcome=timedOut&method=m",
                """{"items":[]}""",
                "executions list --outcome timedOut --method m"
            ),
            Case($"GET {Ns}/executions/export?format=csv", "a,b\n1,2\n", "executions export --format csv"),
            Case(
                $"GET {Ns}/executions/stats?by=method&window=P1D",
                """{"window":"P1D","items":[]}""",
                "executions stats --by method --window 1d"
            ),
            Case(
                $"GET {Ns}/executions/stats?window=PT1H&step=PT5M",
                """{"window":"PT1H","items":[],"step":"PT5M","series":[]}""",
                "executions stats --window 1h --step 5m"
            ),
            Case(
                $"GET {Ns}/executions/stats?method=m&window=PT1H&step=PT5M",
                """{"window":"PT1H","items":[],"step":"PT5M","series":[]}""",
                "executions stats --method m --window 1h --step 5m"
            ),
            Case(
                $"GET {Ns}/executions/stats?handler=h",
                """{"window":"P1D","items":[]}""",
                "executions stats --handler h"
            ),
            Case("GET /api/audit", """{"items":[]}""", "audit list"),
            Case("GET /api/links", """{"items":[]}""", "links"),
            Case("GET /api/settings", """{"items":[]}""", "settings"),
            Case("GET /api/settings?limit=3", """{"items":[]}""", "settings --limit 3"),
            Case("GET /api/curve/keys", """{"items":[]}""", "curve list"),
            Case("DELETE /api/curve/keys/0123456789ab", "", "curve revoke 0123456789ab"),
            Case("GET /api/audit/chain", """{"events":7,"hash":"00","keyId":"k"}""", "audit chain"),
            Case("GET /api/audit/keys", """{"keys":[]}""", "audit keys"),
        ];

    [Test]
    public async Task A_link_that_is_down_says_why()
    {
        Server.Answer(
            """
            {"items":[{"address":"tcp://dmz:4242","dialledBy":"broker","state":"down","since":"2026-01-02T12:00:00Z","bridges":["dmz-1","dmz-2"],"bridgeVersions":{"dmz-1":"0.2.0"},
             "attempts":3,"lastError":{"reason":"wrongServerKey","detail":"The server did not prove its key.","at":"2026-01-02T12:00:00Z"}}]}
            """
        );
        var outcome = await RunAsync("links");
        Assert.That(outcome.Out, Does.Contain("tcp://dmz:4242").And.Contain("down").And.Contain("dmz-1 0.2.0, dmz-2 "));
        Assert.That(outcome.Out, Does.Contain("wrong server key: The server did not prove its key."));
    }

    [Test]
    public async Task A_setting_shows_its_value_its_source_and_what_no_value_means()
    {
        Server.Answer(
            """
            {"items":[
             {"name":"--history-days","group":"retention","description":"d","source":"environment","values":["7"],
              "defaultValues":["30"],"unit":"days","variable":"SCHEDULEZERO_HISTORY_DAYS","isSecret":false,"isSet":true},
             {"name":"--max-running","group":"limits","description":"d","source":"default","values":[],
              "defaultValues":[],"emptyMeans":"no limit","isSecret":false,"isSet":false},
             {"name":"SCHEDULEZERO_BOOTSTRAP_KEY","group":"access","description":"d","source":"environment",
              "isSecret":true,"isSet":true}]}
            """
        );
        var outcome = await RunAsync("settings");
        var lines = outcome.Out.Split('\n');
        Assert.That(lines[1], Does.Match("^--history-days +7 +environment"));
        Assert.That(lines[2], Does.Match("^--max-running +no limit +default"));
        Assert.That(lines[3], Does.Match("^SCHEDULEZERO_BOOTSTRAP_KEY +set, not shown +environment"));
    }

    [Test]
    public async Task A_CURVE_key_is_allowed_and_revoked_by_its_text_or_its_file()
    {
        const string key = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
        var id = Contracts.CurveKeyId.Of(key);
        var file = Path.Combine(Folder, "office-7.pub");
        await File.WriteAllTextAsync(file, $"curve\n    public-key = \"{key}\"\n");
        Server.Answer(
            $$"""{"id":"{{id}}","publicKey":"{{key}}","name":"office-7","allowed":true,"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x"}"""
        );
        Assert.That((await RunAsync("curve", "allow", file, "--name", "office-7")).Out, Does.Contain(id));
        Assert.That(Server.Requests[0].Body, Does.Contain("office-7").And.Not.Contain("expiresAt"));
        await RunAsync("curve", "revoke", key);
        Assert.That(Server.Requests[1].Line, Is.EqualTo($"DELETE /api/curve/keys/{id}"));

        var wrong = await RunAsync("curve", "allow", "no-key", "--name", "office-7");
        Assert.That((wrong.ExitCode, Server.Requests.Count), Is.EqualTo((ExitCodes.Usage, 2)));
        Assert.That(wrong.Error, Does.Contain("no public CURVE key of 40 characters"));
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
    public async Task Events_are_asked_for_by_type_method_handler_schedule_and_job()
    {
        Server.Answer(
            """
            id: 7
            event: job.failed
            data: {"id":"7","type":"job.failed","namespace":"default","subject":"x","at":"2026-01-02T12:00:00Z"}


            """,
            contentType: "text/event-stream"
        );
        const string job = "0198c1a2-7f00-7abc-8def-0123456789ab";
        await RunAsync([
            "events",
            "--type",
            "job.failed",
            "--type",
            "handler",
            "--method",
            "m",
            "--handler",
            "h",
            "--schedule",
            "s",
            "--job",
            job,
            "--last",
            "20",
            "--count",
            "1",
        ]);
        Assert.That(
            Server.Requests[0].Target,
            Does.EndWith($"/events?type=job.failed&type=handler&method=m&handler=h&schedule=s&job={job}&last=20")
        );
        var wrong = await RunAsync("events", "--job", "1");
        Assert.That((wrong.ExitCode, Server.Requests.Count), Is.EqualTo((ExitCodes.Usage, 1)));
    }

    [Test]
    public async Task The_newest_lines_of_all_logs_are_asked_for_and_printed_with_their_jobs()
    {
        Server.Answer(
            """
            {"items":[{"sequence":7,"attempt":1,"at":"2026-01-02T12:00:00Z","level":"warning","message":"low \u001b[31mdisk",
            "jobId":"0198c1a2-7f00-7abc-8def-0123456789ab","method":"m","handler":"h"}],"since":"2026-01-02T11:00:00Z"}
            """
        );
        var outcome = await RunAsync(
            "logs",
            "--level",
            "warning",
            "--method",
            "m",
            "--handler",
            "h",
            "--schedule",
            "s",
            "--query",
            "disk",
            "--tail",
            "9"
        );
        Assert.That(
            Server.Requests[0].Target,
            Does.EndWith("/logs?level=warning&method=m&handler=h&schedule=s&q=disk&limit=9")
        );
        Assert.That(outcome.Out, Does.StartWith("m  h  0198c1a2-7f00-7abc-8def-0123456789ab  12:00:00.000 1 warning"));
        Assert.That(outcome.Out, Does.Contain("low").And.Not.Contain("\u001b"));
    }
}
