namespace ScheduleZero.Cli.Tests;

internal sealed class FailureTests : CliFixture
{
    [TestCase(400, "invalid", ExitCodes.Usage)]
    [TestCase(401, "unauthenticated", ExitCodes.Refused)]
    [TestCase(403, "forbidden", ExitCodes.Refused)]
    [TestCase(404, "not_found", ExitCodes.NotFound)]
    [TestCase(409, "conflict", ExitCodes.Conflict)]
    [TestCase(412, "conflict", ExitCodes.Conflict)]
    [TestCase(413, "too_large", ExitCodes.Usage)]
    [TestCase(429, "rate_limited", ExitCodes.Unreachable)]
    [TestCase(503, "unavailable", ExitCodes.Unreachable)]
    public async Task A_refusal_has_its_exit_code_and_says_what_is_wrong(int status, string code, int exitCode)
    {
        Server.Answer(
            $$"""{"title":"No","status":{{status}},"detail":"because","code":"{{code}}","errors":{"retry.jitter":["Must be 0 to 1."]} }""",
            status,
            "application/problem+json",
            retryAfter: "7"
        );
        var outcome = await RunAsync("jobs", "get", Job);
        Assert.That(outcome.ExitCode, Is.EqualTo(exitCode));
        Assert.That(outcome.Out, Is.Empty);
        Assert.That(outcome.Error, Does.StartWith("error: No: because").And.Contain("retry.jitter: Must be 0 to 1."));
        Assert.That(
            outcome.Error.Contains("Try again in 7 s.", StringComparison.Ordinal),
            Is.EqualTo(exitCode == ExitCodes.Unreachable)
        );
    }

    [Test]
    public async Task A_proxys_page_is_told_from_the_brokers_answer()
    {
        Server.Answer("<html>", 502, "text/html");
        var outcome = await RunAsync("jobs", "list");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Unreachable));
        Assert.That(outcome.Error, Does.Contain("answered 502 without problem details"));
    }

    [Test]
    public async Task An_answer_that_is_not_the_brokers_is_not_a_crash()
    {
        Server.Answer("<html>");
        var outcome = await RunAsync("jobs", "list");
        Assert.That(outcome.ExitCode, Is.Not.Zero);
        Assert.That(outcome.Error, Does.Contain("Is the address right?"));
    }

    [Test]
    public async Task A_server_that_is_not_there_is_unreachable()
    {
        var address = Server.Address;
        await Server.DisposeAsync();
        var outcome = await RunAsync("jobs", "list");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Unreachable));
        Assert.That(outcome.Error, Does.Contain(address.Authority).And.Contain("cannot be reached"));
    }

    [TestCase("jobs")]
    [TestCase("frob")]
    [TestCase("jobs frob")]
    [TestCase("jobs get")]
    [TestCase("jobs get 7")]
    [TestCase("jobs list --state nope")]
    [TestCase("jobs list --limit x")]
    [TestCase("jobs list --include params,logs")]
    [TestCase("jobs list --from soon")]
    [TestCase("jobs list --output xml")]
    [TestCase("jobs submit m {x")]
    [TestCase("jobs submit m @/nowhere.json")]
    [TestCase("jobs submit m --timeout 5parsecs")]
    [TestCase("jobs submit m --concurrency-limit 2")]
    [TestCase("schedules create nightly m")]
    [TestCase("schedules create nightly m --every 5s --at +5s")]
    [TestCase("schedules create nightly m --every 5s --time-zone UTC")]
    [TestCase("schedules preview")]
    [TestCase("keys create robot r2")]
    [TestCase("jobs list --namespace Bad")]
    [TestCase("jobs list --server example.com")]
    [TestCase("jobs list --profile nope")]
    [TestCase("jobs list --api-key-file /nowhere")]
    public async Task Wrong_usage_is_explained_and_asks_nobody(string line)
    {
        var outcome = await RunAsync(line.Split(' '));
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Out, Is.Empty);
        Assert.That(outcome.Error, Is.Not.Empty.And.Not.Contain("System.").And.Not.Contain("   at "));
        Assert.That(Server.Requests, Is.Empty);
    }

    [TestCase("job list", "'job' is not understood here. Did you mean 'jobs'?")]
    [TestCase("jobs lst", "'lst' is not understood here. Did you mean 'list'?")]
    [TestCase("jobs list --stat failed", "'--stat' is not understood here. Did you mean '--state'?")]
    [TestCase("jobs list --sever http://a", "'--sever' is not understood here. Did you mean '--server'?")]
    [TestCase("keys list --al", "'--al' is not understood here. Did you mean '--all'?")]
    [TestCase("quite something else", "'quite' is not understood here.")]
    [TestCase("jobs submit", "METHOD is missing: The method to run, such as reports.render")]
    [TestCase("keys create", "NAME is missing: The handler's name; or what a service or bridge key is for")]
    [TestCase("login", "USER is missing: The user's name")]
    public async Task A_slip_is_named_with_what_may_have_been_meant(string line, string expected)
    {
        var outcome = await RunAsync(line.Split(' '));
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error.Split(Environment.NewLine), Has.Member($"error: {expected}"));
    }

    [Test]
    public async Task Help_has_examples_and_exit_codes()
    {
        Assert.That(
            (await RunAsync("jobs", "submit", "--help")).Out,
            Does.Contain("Examples:").And.Contain("INSTANT is such as")
        );
        var root = await RunAsync("--help");
        Assert.That(root.ExitCode, Is.Zero);
        Assert.That(root.Out, Does.Contain("Exit codes:").And.Contain("SCHEDULEZERO_API_KEY"));
    }
}
