using System.Text.Json;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of jobs ask and print.</summary>
internal sealed class JobVerbTests : VerbFixture<JobVerbTests>, IVerbCases
{
    private const string Counts =
        """{"scheduled":1,"ready":2,"running":3,"succeeded":1004,"failed":500,"cancelled":0,"expired":0,"atLeast":["failed"]}""";

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case($"GET {Ns}/jobs", PageOf(JobJson()), "jobs list"),
            Case(
                $"GET {Ns}/jobs?state=failed&method=m&handler=h&group=g&tag=t&schedule=s&"
                    + "from=2026-01-01T00%3A00%3A00Z&to=2026-01-02T12%3A10%3A00Z&q=a%20b&limit=5&cursor=c",
                PageOf(JobJson()),
                "jobs list --state failed --method m --handler h --group g --tag t --schedule s "
                    + "--from 2026-01-01 --to +10m --limit 5 --cursor c",
                "--query",
                "a b"
            ),
            Case($"GET {Ns}/jobs/counts", Counts, "jobs count"),
            Case($"GET {Ns}/jobs/counts?method=m&tag=t", Counts, "jobs count --method m --tag t"),
            Case($"GET {Ns}/jobs/{Job}", JobJson(), $"jobs get {Job}"),
            Case($"POST {Ns}/jobs/{Job}/cancel", JobJson("cancelled", ""), $"jobs cancel {Job}"),
            Case($"POST {Ns}/jobs/{Job}/retry", JobJson("ready", ""), $"jobs retry {Job}"),
            Case($"POST {Ns}/jobs/{Job}/replay", JobJson("ready", ""), $"jobs replay {Job}"),
            Case(
                $"GET {Ns}/jobs/{Job}/explain",
                $$"""{"id":"{{Job}}","state":"ready","heldBy":"offline","gates":[{"gate":"notDue","passed":true,"sentence":"It is due."},{"gate":"offline","passed":false,"sentence":"a may run it.","opensWhen":"It connects."}]}""",
                $"jobs explain {Job}"
            ),
            Case(
                $"GET {Ns}/jobs/{Job}/attempts",
                PageOf(
                    $$"""{"attemptId":"{{Job}}.1","number":1,"outcome":"succeeded","handler":"h","session":"s","fencingToken":1,"assignedAt":"2026-01-02T12:00:00Z"}"""
                ),
                $"jobs attempts {Job}"
            ),
            Case(
                $"GET {Ns}/jobs/{Job}/chain",
                PageOf($$"""{"id":"{{Job}}","state":"ready","method":"m","depth":0,"after":[],"moreAfter":2}"""),
                $"jobs chain {Job}"
            ),
            Case(
                $"GET {Ns}/jobs/{Job}/logs?attempt=2&limit=500",
                PageOf(
                    """{"sequence":1,"attempt":2,"at":"2026-01-02T12:00:00Z","level":"information","message":"hello"}"""
                ),
                $"jobs logs {Job} --attempt 2"
            ),
            Case($"GET {Ns}/jobs?batch={Job}", PageOf(JobJson()), $"jobs list --batch {Job}"),
            Case($"GET {Ns}/jobs?include=params", PageOf(JobJson()), "jobs list --include params"),
            Case($"GET {Ns}/jobs?replays=true", PageOf(JobJson()), "jobs list --replays"),
            Case($"GET {Ns}/jobs?params=2026-10", PageOf(JobJson()), "jobs list --params 2026-10"),
        ];

    [Test]
    public async Task Counts_have_a_line_each_and_say_where_there_may_be_more()
    {
        Server.Answer(Counts);
        var lines = (await RunAsync("jobs", "count")).Out.TrimEnd().Split(Environment.NewLine);
        Assert.That(lines, Has.Length.EqualTo(7));
        Assert.That(lines[3], Does.Match("^succeeded:? +1004$"));
        Assert.That(lines[4], Does.Match("^failed:? +500\\+$"));
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
}
