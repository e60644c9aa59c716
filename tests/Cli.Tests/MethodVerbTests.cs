namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of methods ask and print.</summary>
internal sealed class MethodVerbTests : VerbFixture<MethodVerbTests>, IVerbCases
{
    private const string MethodJson = """
        {"name":"m","description":null,"paramsSchema":null,"handlers":["h"],"awayHandlers":1,"waitingJobs":7,"runningJobs":2,
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
        ];

    [Test]
    public async Task A_method_says_its_limits_and_whether_its_schema_is_used()
    {
        Server.Answer(MethodJson);
        var outcome = await RunAsync("methods", "get", "m");
        Assert.That(outcome.Out, Does.Contain("100 in PT1M").And.Contain("x/1").And.Contain("checked"));
    }
}
