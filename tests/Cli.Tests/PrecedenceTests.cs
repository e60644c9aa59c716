namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of the order of settings: an explicit setting wins, and verbs show which one is in force.</summary>
internal sealed class PrecedenceTests : CliFixture
{
    private const string OtherKey = "szk_ba9876543210_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    private const string Me = """{"name":"key:0123456789ab","kind":"service","roles":[]}""";

    private string ActedAs => Server.Requests[^1].Headers.Authorization.ToString().Split(' ')[1];

    [Test]
    public async Task A_profile_that_is_named_wins_over_the_environment()
    {
        Server.Answer("""{"items":[]}""");
        await SaveProfileAsync("other");
        await RunAsync(
            "profiles",
            "set",
            "here",
            "--server",
            Server.Address.ToString(),
            "--namespace",
            "from-profile",
            "--api-key-file",
            KeyFile(),
            "--store-key"
        );
        Variables["SCHEDULEZERO_SERVER"] = "http://127.0.0.1:1";
        Variables["SCHEDULEZERO_NAMESPACE"] = "from-environment";
        var outcome = await RunAsync("jobs", "list", "--profile", "here");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That((Server.Requests[^1].Target, ActedAs), Is.EqualTo(("/api/namespaces/from-profile/jobs", OtherKey)));

        await RunAsync("jobs", "list", "--profile", "here", "--namespace", "from-flag");
        Assert.That(Server.Requests[^1].Target, Is.EqualTo("/api/namespaces/from-flag/jobs"));
    }

    [Test]
    public async Task What_a_named_profile_does_not_say_comes_from_the_environment()
    {
        Server.Answer("""{"items":[]}""");
        await RunAsync("profiles", "set", "bare", "--namespace", "from-profile");
        Assert.That((await RunAsync("jobs", "list", "--profile", "bare")).ExitCode, Is.Zero);
        Assert.That((Server.Requests[^1].Target, ActedAs), Is.EqualTo(("/api/namespaces/from-profile/jobs", Key)));
    }

    [Test]
    public async Task A_session_that_a_variable_overrules_is_told_of_at_each_command_and_at_login()
    {
        var login = await LoginAsync();
        Assert.That(
            login.Error,
            Does.Contain("Signed in as ana").And.Contain("note: SCHEDULEZERO_API_KEY gives an API key")
        );
        var command = await RunAsync("whoami");
        Assert.That(ActedAs, Is.EqualTo(Key));
        Assert.That(
            command.Error,
            Does.Contain("note: SCHEDULEZERO_API_KEY is set").And.Contain("0123456789ab").And.Not.Contain("AAAA")
        );

        Variables.Remove("SCHEDULEZERO_API_KEY");
        command = await RunAsync("whoami");
        Assert.That((ActedAs, command.Error), Is.EqualTo(("a1", "")));
    }

    [Test]
    public async Task A_named_profiles_key_wins_over_a_session_and_the_profile_in_use_does_not()
    {
        await SaveProfileAsync("here");
        Variables.Remove("SCHEDULEZERO_API_KEY");
        var login = await LoginAsync();
        Assert.That(login.Error, Does.Not.Contain("note:"));
        await RunAsync("whoami");
        Assert.That(ActedAs, Is.EqualTo("a1"));
        await RunAsync("whoami", "--profile", "here");
        Assert.That(ActedAs, Is.EqualTo(OtherKey));
    }

    [Test]
    public async Task Without_a_session_there_is_no_note()
    {
        Server.Answer(Me);
        Assert.That((await RunAsync("whoami")).Error, Is.Empty);
    }

    [TestCase("SCHEDULEZERO_API_KEY", "acts by.*SCHEDULEZERO_API_KEY")]
    [TestCase("--api-key-file", "acts by.*--api-key-file")]
    [TestCase("--profile", "acts by.*profile here\n")]
    [TestCase("in use", "acts by.*profile here, which is in use")]
    [TestCase("session", "acts by.*the session that `login` began")]
    public async Task Whoami_says_what_is_in_force_and_what_gave_it(string source, string expected)
    {
        await SaveProfileAsync("here");
        Server.Answer(source == "session" ? Tokens : Me).Answer(Me);
        if (source != "SCHEDULEZERO_API_KEY")
        {
            Variables.Remove("SCHEDULEZERO_API_KEY");
        }

        if (source == "session")
        {
            Secrets.Enqueue("a long enough password");
            await RunAsync("login", "ana");
        }

        string[] flags = source switch
        {
            "--api-key-file" => ["--api-key-file", KeyFile()],
            "--profile" => ["--profile", "here"],
            _ => [],
        };
        var outcome = await RunAsync(["whoami", .. flags]);
        Assert.That(
            outcome.Out.ReplaceLineEndings("\n"),
            Does.Match(expected).And.Match("server.*SCHEDULEZERO_SERVER").And.Match("namespace.*by default")
        );
    }

    [Test]
    public async Task Using_a_profile_says_which_variables_win_over_it()
    {
        await SaveProfileAsync("here");
        var outcome = await RunAsync("profiles", "use", "here");
        Assert.That(
            outcome.Error,
            Does.Contain("SCHEDULEZERO_SERVER and SCHEDULEZERO_API_KEY of the environment win over the profile in use")
        );
    }

    [Test]
    public async Task Help_says_the_order()
    {
        var help = (await RunAsync("--help")).Out;
        Assert.That(
            help,
            Does.Match("(?s)flags.*--profile names.*environment.*login.*profile in use.*defaults.*whoami")
        );
    }

    private Task<Outcome> SaveProfileAsync(string name) =>
        RunAsync("profiles", "set", name, "--api-key-file", KeyFile(), "--store-key");

    private async Task<Outcome> LoginAsync()
    {
        Secrets.Enqueue("a long enough password");
        Server.Answer(Tokens).Answer(Me);
        return await RunAsync("login", "ana");
    }

    private string Tokens =>
        $$"""{"accessToken":"a1","tokenType":"Bearer","expiresIn":600,"refreshToken":"r1","sessionExpiresAt":"{{Time.GetUtcNow().AddDays(1):O}}"}""";

    private string KeyFile()
    {
        var path = Path.Combine(Folder, "other.key");
        File.WriteAllText(path, OtherKey);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }
}
