namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of methods ask and print.</summary>
internal sealed class MethodVerbTests : VerbFixture<MethodVerbTests>, IVerbCases
{
    private const string MethodJson = """
        {"name":"m","description":null,"paramsSchema":null,"handlers":["h"],"awayHandlers":1,"pause":{"reason":"The server moves","by":"user:ana","at":"2026-01-02T12:00:00Z"},"waitingJobs":7,"runningJobs":2,
        "limits":{"rate":{"limit":100,"period":"PT1M"}},"begun":3,
        "offers":[{"handlers":["h"],"agents":["x/1"],"paramsSchema":{"type":"object"}}]}
        """;

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case($"GET {Ns}/methods", PageOf(MethodJson), "methods list"),
            Case(
                $"GET {Ns}/methods?all=true&q=mail&limit=5",
                PageOf(MethodJson),
                "methods list --unoffered --text mail --limit 5"
            ),
            Case($"GET {Ns}/methods/m", MethodJson, "methods get m"),
            Case(
                $"POST {Ns}/methods/m/pause",
                MethodJson,
                "methods pause m --reason moves --until 2030-01-01T00:00:00Z"
            ),
            Case($"POST {Ns}/methods/m/resume", MethodJson, "methods resume m"),
        ];

    [Test]
    public async Task A_method_says_its_limits_and_whether_its_schema_is_used()
    {
        Server.Answer(MethodJson);
        var outcome = await RunAsync("methods", "get", "m");
        Assert.That(outcome.Out, Does.Contain("100 in PT1M").And.Contain("x/1").And.Contain("checked"));
    }

    [Test]
    public async Task A_pause_needs_a_reason_which_the_method_shows()
    {
        Assert.That((await RunAsync("methods", "pause", "m")).ExitCode, Is.EqualTo(2));
        Server.Answer(MethodJson);
        var outcome = await RunAsync("methods", "pause", "m", "--reason", "moves");
        Assert.That(Server.Requests[0].Body, Is.EqualTo("""{"reason":"moves"}"""));
        Assert.That(outcome.Out, Does.Contain("The server moves").And.Contain("paused"));
    }
}
