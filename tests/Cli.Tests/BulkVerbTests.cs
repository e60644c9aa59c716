using System.Text.Json;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of the verbs that act on all jobs that match.</summary>
internal sealed class BulkVerbTests : CliFixture
{
    private const string Bulk = "/api/namespaces/default/jobs/bulk";

    private static string ActJson(string state, long done, string extra = "") =>
        $$"""
            {"id":"{{Job}}","action":"cancel","filter":{"method":"m"},"state":"{{state}}","matched":250,"done":{{done}},"changed":{{done}},
             {{extra}}"requestedBy":"key:x","startedAt":"2026-01-02T12:00:00Z"{{(
                state is "finding" or "running" ? "" : ",\"endedAt\":\"2026-01-02T12:00:09Z\""
            )}}}
            """;

    [Test]
    public async Task An_act_is_followed_to_its_end()
    {
        Server.Answer(ActJson("finding", 0), 202).Answer(ActJson("running", 100)).Answer(ActJson("finished", 250));
        var outcome = await RunAsync(
            "jobs",
            "cancel",
            "--method",
            "m",
            "--state",
            "ready",
            "--to",
            "2026-01-02T00:00:00Z",
            "--yes"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            Server.Requests.Select(request => request.Line),
            Is.EqualTo(new[] { $"POST {Bulk}", $"GET {Bulk}/{Job}?wait=PT2S", $"GET {Bulk}/{Job}?wait=PT2S" })
        );
        using var asked = JsonDocument.Parse(Server.Requests[0].Body);
        Assert.That(asked.RootElement.GetProperty("action").GetString(), Is.EqualTo("cancel"));
        Assert.That(
            asked.RootElement.GetProperty("filter").GetRawText(),
            Is.EqualTo("""{"state":"ready","method":"m","to":"2026-01-02T00:00:00+00:00"}""")
        );
        Assert.That(outcome.Error, Does.Contain("100 of 250").And.Contain($"jobs bulk-stop {Job}"));
        Assert.That(outcome.Out, Does.Contain("finished").And.Contain("250"));
    }

    [TestCase("cancel")]
    [TestCase("retry")]
    [TestCase("replay")]
    [TestCase("priority", "--priority", "-5")]
    public async Task A_dry_run_says_how_many_match(string verb, params string[] more)
    {
        Server.Answer(ActJson("finished", 0, "\"dryRun\":true,"));
        var outcome = await RunAsync(["jobs", verb, "--all", "--dry-run", .. more]);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        using var asked = JsonDocument.Parse(Server.Requests.Single().Body);
        Assert.That(asked.RootElement.GetProperty("action").GetString(), Is.EqualTo(verb));
        Assert.That(asked.RootElement.GetProperty("dryRun").GetBoolean());
        Assert.That(
            asked.RootElement.TryGetProperty("priority", out var priority) ? priority.GetInt32() : 0,
            Is.EqualTo(more.Length > 0 ? -5 : 0)
        );
        Assert.That(outcome.Out, Does.Contain("nothing was changed").And.Contain("250"));
    }

    [TestCase("cancel")]
    [TestCase("cancel", "--yes")]
    [TestCase("cancel", "--method", "m")]
    [TestCase("cancel", Job, "--method", "m")]
    [TestCase("cancel", Job, "--dry-run")]
    [TestCase("cancel", "--batch", "7", "--yes")]
    [TestCase("priority", Job)]
    [TestCase("priority", "--all", "--yes")]
    public async Task What_is_not_agreed_to_or_not_clear_asks_nobody(params string[] words)
    {
        var outcome = await RunAsync(["jobs", .. words]);
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage), outcome.Error);
        Assert.That(Server.Requests, Is.Empty);
    }

    [Test]
    public async Task A_Broker_that_has_forgotten_the_act_is_asked_again_under_the_same_id()
    {
        Server
            .Answer(ActJson("running", 100), 202)
            .Answer(
                """{"type":"about:blank","title":"x","status":404,"code":"not_found","detail":"There is no such bulk act."}""",
                404,
                "application/problem+json"
            )
            .Answer(ActJson("running", 0), 202)
            .Answer(ActJson("finished", 150));
        var outcome = await RunAsync("jobs", "replay", "--all", "--yes");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        using var first = JsonDocument.Parse(Server.Requests[0].Body);
        using var again = JsonDocument.Parse(Server.Requests[2].Body);
        Assert.That(
            again.RootElement.GetProperty("id").GetString(),
            Is.EqualTo(first.RootElement.GetProperty("id").GetString())
        );
        Assert.That(
            again.RootElement.GetProperty("filter").GetProperty("to").GetDateTimeOffset(),
            Is.EqualTo(Time.GetUtcNow()),
            "what came meanwhile is not touched"
        );
        Assert.That(outcome.Error, Does.Contain("has restarted"));
    }

    [TestCase("stopped")]
    [TestCase("failed")]
    public async Task An_act_that_did_not_come_to_its_end_fails(string state)
    {
        Server.Answer(ActJson(state, 100), 202);
        Assert.That((await RunAsync("jobs", "retry", "--all", "--yes")).ExitCode, Is.EqualTo(ExitCodes.Failed));
    }

    [Test]
    public async Task Acts_are_listed_shown_and_stopped()
    {
        Server
            .Answer($$"""{"items":[{{ActJson("running", 5)}}]}""")
            .Answer(ActJson("running", 5))
            .Answer(ActJson("stopped", 5));
        Assert.That((await RunAsync("jobs", "bulk-list")).Out, Does.Contain("5 of 250"));
        Assert.That((await RunAsync("jobs", "bulk-status", Job)).ExitCode, Is.Zero);
        Assert.That((await RunAsync("jobs", "bulk-stop", Job, "-o", "json")).Out, Does.Contain("\"stopped\""));
        Assert.That(
            Server.Requests.Select(request => request.Line),
            Is.EqualTo(new[] { $"GET {Bulk}", $"GET {Bulk}/{Job}", $"DELETE {Bulk}/{Job}" })
        );
    }

    [Test]
    public async Task One_job_gets_another_priority()
    {
        Server.Answer(
            """{"id":"0198c1a2-7f00-7abc-8def-0123456789ab","namespace":"default","state":"ready","attempts":0,"method":"m","enqueuedAt":"2026-01-02T12:00:00Z","runAt":"2026-01-02T12:00:00Z","priority":-5,"timeout":"PT1H","retry":{},"createdBy":"key:x"}"""
        );
        var outcome = await RunAsync("jobs", "priority", Job, "--priority", "-5");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            (Server.Requests[0].Line, Server.Requests[0].Body),
            Is.EqualTo(($"PATCH /api/namespaces/default/jobs/{Job}", """{"priority":-5}"""))
        );
    }

    [Test]
    public async Task One_job_gets_another_time_and_other_params()
    {
        Server.Answer(
            """{"id":"0198c1a2-7f00-7abc-8def-0123456789ab","namespace":"default","state":"scheduled","attempts":0,"method":"m","enqueuedAt":"2026-01-02T12:00:00Z","runAt":"2026-01-02T12:10:00Z","version":3,"timeout":"PT1H","retry":{},"createdBy":"key:x"}"""
        );
        var outcome = await RunAsync(
            "jobs",
            "change",
            Job,
            "--run-at",
            "+10m",
            "--params",
            """{"month": 11}""",
            "--if-version",
            "2"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            (Server.Requests[0].Line, Server.Requests[0].Body),
            Is.EqualTo(
                (
                    $"PATCH /api/namespaces/default/jobs/{Job}",
                    """{"runAt":"2026-01-02T12:10:00+00:00","params":{"month": 11},"ifVersion":2}"""
                )
            )
        );
    }

    [Test]
    public async Task A_change_of_nothing_and_params_that_are_no_JSON_are_refused_here()
    {
        Assert.That((await RunAsync("jobs", "change", Job)).Error, Does.Contain("--run-at, --params or --priority"));
        Assert.That((await RunAsync("jobs", "change", Job, "--params", "{")).Error, Does.Contain("no JSON"));
        Assert.That(Server.Requests, Is.Empty);
    }
}
