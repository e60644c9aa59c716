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
            Case("GET /api/audit", """{"items":[]}""", "audit list"),
            Case("GET /api/audit/keys", """{"keys":[]}""", "audit keys"),
        ];

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
}
