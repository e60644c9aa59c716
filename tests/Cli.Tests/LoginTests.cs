using Microsoft.AspNetCore.Http;

namespace ScheduleZero.Cli.Tests;

internal sealed class LoginTests : CliFixture
{
    private const string Me = """{"name":"user:ana","kind":"user","roles":[]}""";

    private string File => Path.Combine(Folder, "schedulezero", "sessions.json");

    [SetUp]
    public void WithoutKey() => Variables.Remove("SCHEDULEZERO_API_KEY");

    [Test]
    public async Task Login_asks_for_the_password_and_keeps_the_session_for_its_owner_only()
    {
        Secrets.Enqueue("a long enough password");
        Server.Answer(Tokens("a1", "r1")).Answer(Me);
        var login = await RunAsync("login", "ana");
        Assert.That(login.ExitCode, Is.Zero, login.Error);
        Assert.That(Server.Requests[0].Body, Is.EqualTo("""{"userName":"ana","password":"a long enough password"}"""));
        Assert.That(Server.Requests[0].Headers.Authorization.Count, Is.Zero);
        Assert.That(
            login.Out + login.Error,
            Does.Not.Contain("a1").And.Not.Contain("r1").And.Not.Contain("a long enough password")
        );
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(
                System.IO.File.GetUnixFileMode(File),
                Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite)
            );
        }

        Assert.That((await RunAsync("whoami")).ExitCode, Is.Zero);
        Assert.That(Server.Requests[1].Headers.Authorization.ToString(), Is.EqualTo("Bearer a1"));
    }

    [Test]
    public async Task A_password_comes_from_standard_input_for_scripts()
    {
        Input = "a long enough password\n";
        Server.Answer(Tokens("a1", "r1"));
        Assert.That((await RunAsync("login", "ana", "--password-stdin", "--code", "123456")).ExitCode, Is.Zero);
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo("""{"userName":"ana","password":"a long enough password","totp":"123456"}""")
        );
    }

    [Test]
    public async Task Nobody_to_ask_is_an_error_that_says_how_to_go_on()
    {
        var outcome = await RunAsync("login", "ana");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("--password-stdin"));
    }

    [Test]
    public async Task A_code_is_asked_for_when_the_server_wants_one()
    {
        Secrets.Enqueue("a long enough password");
        Secrets.Enqueue("123456");
        Server
            .Answer(
                """{"status":401,"code":"unauthenticated","title":"Unauthorized","detail":"A code is needed too.","errors":{"totp":["…"]}}""",
                401,
                "application/problem+json"
            )
            .Answer(Tokens("a1", "r1"));
        Assert.That((await RunAsync("login", "ana")).ExitCode, Is.Zero);
        Assert.That(Server.Requests[1].Body, Does.Contain("\"totp\":\"123456\""));
    }

    [Test]
    public async Task A_refused_sign_in_says_what_the_server_said()
    {
        Secrets.Enqueue("wrong");
        Server.Answer(
            """{"status":401,"code":"unauthenticated","title":"Unauthorized","detail":"The user name or the password is wrong."}""",
            401,
            "application/problem+json"
        );
        var outcome = await RunAsync("login", "ana");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Refused));
        Assert.That(outcome.Error, Does.Contain("The user name or the password is wrong.").And.Not.Contain("API key"));
        Assert.That(System.IO.File.Exists(File), Is.False);
    }

    [Test]
    public async Task A_given_password_is_changed_at_once()
    {
        Secrets.Enqueue("given");
        Secrets.Enqueue("a long enough password");
        Secrets.Enqueue("a long enough password");
        Server.Answer(Tokens("a1", "r1", mustChange: true)).Answer(Tokens("a2", "r2")).Answer(Me);
        var outcome = await RunAsync("login", "ana");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[1].Line, Is.EqualTo("POST /api/auth/password"));
        Assert.That(Server.Requests[1].Headers.Authorization.ToString(), Is.EqualTo("Bearer a1"));
        await RunAsync("whoami");
        Assert.That(Server.Requests[2].Headers.Authorization.ToString(), Is.EqualTo("Bearer a2"));
    }

    [Test]
    public async Task Tokens_that_grow_old_are_refreshed_once_by_commands_that_run_together()
    {
        Secrets.Enqueue("a long enough password");
        Server
            .Answer(Tokens("a1", "r1"))
            .Answer(context =>
                context.Response.WriteAsync(context.Request.Path == "/api/auth/refresh" ? Tokens("a2", "r2") : Me)
            );
        await RunAsync("login", "ana");
        Time.Advance(TimeSpan.FromMinutes(10));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RunAsync("whoami")));
        Assert.That(outcomes.Select(outcome => outcome.ExitCode), Is.All.Zero);
        Assert.That(Server.Requests.Count(request => request.Target == "/api/auth/refresh"), Is.EqualTo(1));
        Assert.That(
            Server
                .Requests.Where(request => request.Target == "/api/auth/me")
                .Select(request => request.Headers.Authorization.ToString()),
            Is.All.EqualTo("Bearer a2")
        );
    }

    [Test]
    public async Task A_session_that_has_ended_asks_to_sign_in_again()
    {
        Secrets.Enqueue("a long enough password");
        Server
            .Answer(Tokens("a1", "r1"))
            .Answer(
                """{"status":401,"code":"unauthenticated","title":"Unauthorized","detail":"The refresh token is not valid."}""",
                401,
                "application/problem+json"
            );
        await RunAsync("login", "ana");
        Time.Advance(TimeSpan.FromMinutes(10));
        var outcome = await RunAsync("whoami");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("schedulezero login"));
    }

    [Test]
    public async Task A_key_that_is_given_wins_over_the_session()
    {
        Secrets.Enqueue("a long enough password");
        Server.Answer(Tokens("a1", "r1")).Answer(Me);
        await RunAsync("login", "ana");
        Variables["SCHEDULEZERO_API_KEY"] = Key;
        await RunAsync("whoami");
        Assert.That(Server.Requests[1].Headers.Authorization.ToString(), Is.EqualTo($"Bearer {Key}"));
    }

    [Test]
    public async Task Logout_ends_the_session_there_and_here()
    {
        Secrets.Enqueue("a long enough password");
        Server.Answer(Tokens("a1", "r1")).Status(204);
        await RunAsync("login", "ana");
        Assert.That((await RunAsync("logout")).ExitCode, Is.Zero);
        Assert.That(Server.Requests[1].Line, Is.EqualTo("POST /api/auth/logout"));
        Assert.That((await RunAsync("whoami")).ExitCode, Is.EqualTo(ExitCodes.Usage));
    }

    [Test]
    public async Task A_session_belongs_to_its_server_alone()
    {
        Secrets.Enqueue("a long enough password");
        Server.Answer(Tokens("a1", "r1"));
        await RunAsync("login", "ana");
        var outcome = await RunAsync("whoami", "--server", "http://127.0.0.1:9");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain("Nobody has signed in here"));
    }

    [TestCase("http://192.0.2.1:1", true)]
    [TestCase("https://192.0.2.1:1", false)]
    [TestCase("http://127.0.0.1:1", false)]
    public async Task A_credential_that_would_cross_a_network_in_the_clear_is_warned_of(string server, bool isWarned)
    {
        // No server is called: without --password-stdin and without a person to ask, the verb stops before the call.
        var outcome = await RunAsync("login", "ana", "--server", server);
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(
            outcome.Error.Contains("not encrypted", StringComparison.Ordinal),
            Is.EqualTo(isWarned),
            outcome.Error
        );
    }

    private string Tokens(string access, string refresh, bool mustChange = false) =>
        $$"""
            {"accessToken":"{{access}}","tokenType":"Bearer","expiresIn":600,"refreshToken":"{{refresh}}",
             "sessionExpiresAt":"{{Time.GetUtcNow().AddDays(1):O}}","mustChangePassword":{{(
                mustChange ? "true" : "null"
            )}} }
            """;
}
