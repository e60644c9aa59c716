namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of alerts ask and print.</summary>
internal sealed class AlertVerbTests : VerbFixture<AlertVerbTests>, IVerbCases
{
    private const string Alerts = $"{Ns}/alerts";
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private const string AlertJson = $$"""
        {"namespace":"default","rule":"failures","condition":"jobFailed","subject":"reports.render","since":"2026-01-02T12:00:00Z","lastAt":"2026-01-02T12:00:00Z","count":7,
         "jobs":[{"id":"{{Job}}","method":"reports.render","handler":"office-7","text":"no paper","at":"2026-01-02T12:00:00Z"}]}
        """;

    private const string RuleJson = """
        {"name":"failures","namespace":"default","version":3,"when":"jobFailed","only":["reports.*"],"channels":["ops"],"wait":"PT30S","repeat":"PT4H","quiet":"PT1H",
         "tellEnd":true,"together":false,"enabled":true,"open":2,"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x","changedAt":"2026-01-02T12:00:00Z","changedBy":"key:x",
         "mutedUntil":"2026-01-02T14:00:00Z","mutedBy":"user:ana","muteReason":"the database moves"}
        """;

    private const string Outcome = """{"sent":true}""";

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case($"GET {Alerts}", PageOf(AlertJson), "alerts list"),
            Case($"GET {Alerts}?rule=failures&limit=5", PageOf(AlertJson), "alerts list --rule failures --limit 5"),
            Case($"GET {Alerts}/rules", PageOf(RuleJson), "alerts rules list"),
            Case($"GET {Alerts}/rules/failures", RuleJson, "alerts rules get failures"),
            Case(
                $"PUT {Alerts}/rules/failures",
                RuleJson,
                "alerts rules set failures --when jobFailed --channel ops --if-version 3"
            ),
            Case($"DELETE {Alerts}/rules/failures", "", "alerts rules delete failures"),
            Case($"POST {Alerts}/rules/failures/mute", RuleJson, "alerts rules mute failures --until +2h"),
            Case($"POST {Alerts}/rules/failures/unmute", RuleJson, "alerts rules unmute failures"),
            Case($"GET {Alerts}/channels", PageOf(ChannelJson()), "alerts channels list"),
            Case($"GET {Alerts}/channels/ops", ChannelJson(), "alerts channels get ops"),
            Case(
                $"PUT {Alerts}/channels/ops",
                ChannelJson(),
                "alerts channels set ops --kind mail --to ana@example.org --if-version 3"
            ),
            Case($"DELETE {Alerts}/channels/ops", "", "alerts channels delete ops"),
            Case($"POST {Alerts}/channels/ops/test", Outcome, "alerts channels test ops"),
        ];

    [Test]
    public async Task A_rule_is_sent_whole()
    {
        Server.Answer(RuleJson);
        string[] shortest = ["alerts", "rules", "set", "failures", "--when", "jobFailed", "--channel", "ops"];
        await RunAsync(shortest);
        await RunAsync([
            .. shortest,
            "--channel",
            "mails",
            "--only",
            "reports.*",
            "--wait",
            "2m",
            "--repeat",
            "1d",
            "--quiet",
            "30m",
            "--no-end",
            "--together",
            "--description",
            "d",
            "--disabled",
        ]);
        await RunAsync([
            "alerts",
            "rules",
            "set",
            "silent",
            "--when",
            "handlerSilent",
            "--after",
            "15m",
            "--channel",
            "ops",
        ]);
        Assert.That(
            Server.Requests.Select(request => request.Body),
            Is.EqualTo(
                new[]
                {
                    """{"when":"jobFailed","channels":["ops"],"tellEnd":true,"together":false,"enabled":true}""",
                    """{"description":"d","when":"jobFailed","only":["reports.*"],"channels":["ops","mails"],"wait":"PT2M","repeat":"P1D","quiet":"PT30M","tellEnd":false,"together":true,"enabled":false}""",
                    """{"when":"handlerSilent","after":"PT15M","channels":["ops"],"tellEnd":true,"together":false,"enabled":true}""",
                }
            )
        );
    }

    [Test]
    public async Task A_rule_is_muted_until_an_instant_for_a_reason()
    {
        Server.Answer(RuleJson);
        var outcome = await RunAsync(
            "alerts",
            "rules",
            "mute",
            "failures",
            "--until",
            "+2h",
            "--reason",
            "the database moves"
        );
        Assert.That(
            Server.Requests[0].Body,
            Is.EqualTo("""{"until":"2026-01-02T14:00:00+00:00","reason":"the database moves"}""")
        );
        Assert.That(outcome.Out, Does.Contain("2026-01-02 14:00:00Z by user:ana").And.Contain("the database moves"));
    }

    [Test]
    public async Task The_url_of_a_chat_comes_from_a_file_or_from_standard_input()
    {
        Server.Answer(ChannelJson());
        var file = Path.Combine(Folder, "url.txt");
        await File.WriteAllTextAsync(file, "https://hooks.example.org/a\n");
        Input = "https://hooks.example.org/b\r\n";
        string[] set = ["alerts", "channels", "set", "ops", "--kind", "slack"];
        await RunAsync([.. set, "--url-file", file]);
        await RunAsync([.. set, "--url-file", "-"]);
        await RunAsync([.. set, "--url", "https://hooks.example.org/c"]);
        await RunAsync(set);
        Assert.That(
            Server.Requests.Select(request => request.Body),
            Is.EqualTo(
                new[]
                {
                    """{"kind":"slack","url":"https://hooks.example.org/a","enabled":true}""",
                    """{"kind":"slack","url":"https://hooks.example.org/b","enabled":true}""",
                    """{"kind":"slack","url":"https://hooks.example.org/c","enabled":true}""",
                    """{"kind":"slack","enabled":true}""",
                }
            )
        );
    }

    [TestCase("channels set ops --url https://a.example.org", "--kind")]
    [TestCase("channels set ops --kind slack --url https://a.example.org --url-file u", "not both")]
    [TestCase("channels set ops --kind webhook --url-file - --secret-file -", "not both")]
    [TestCase("channels set ops --kind slack --url-file -", "is empty")]
    [TestCase("channels set ops --kind slack --url-file missing.txt", "missing.txt")]
    [TestCase("channels set ops --kind pigeon", "pigeon")]
    [TestCase("rules set failures --channel ops", "--when")]
    [TestCase("rules set failures --when jobFailed", "--channel")]
    [TestCase("rules mute failures", "--until")]
    public async Task What_is_missing_or_contradicts_itself_is_said(string words, string expected)
    {
        var outcome = await RunAsync(["alerts", .. words.Split(' ')]);
        Assert.That(outcome.ExitCode, Is.EqualTo(2));
        Assert.That(outcome.Error, Does.Contain(expected));
        Assert.That(Server.Requests, Is.Empty);
    }

    [Test]
    public async Task A_secret_is_printed_once_with_what_it_is_for()
    {
        Server.Answer(ChannelJson($"\"secret\":\"{Secret}\","), 201).Answer(ChannelJson());
        var outcome = await RunAsync(
            "alerts",
            "channels",
            "set",
            "ops",
            "--kind",
            "webhook",
            "--url",
            "https://a.example"
        );
        Assert.That(outcome.Out, Does.Contain(Secret));
        Assert.That(outcome.Error, Does.Contain("proves that a notice is from here").And.Contain("not shown again"));
        Assert.That((await RunAsync("alerts", "channels", "get", "ops")).Error, Is.Empty);
    }

    [Test]
    public async Task A_test_that_the_channel_does_not_take_fails_with_the_problem()
    {
        Server.Answer("""{"sent":false,"problem":"The server answered 404.\u001b[2J"}""");
        var outcome = await RunAsync("alerts", "channels", "test", "ops");
        Assert.That(outcome.ExitCode, Is.EqualTo(1));
        Assert.That(outcome.Error, Does.Contain("ops did not take the test: The server answered 404."));
        Assert.That(outcome.Error, Does.Not.Contain("\u001b"));
    }

    private static string ChannelJson(string extra = "") =>
        $$"""
            {"name":"ops","namespace":"default","version":3,"kind":"webhook","host":"https://hooks.example.org","enabled":true,{{extra}}"waiting":0,"dropped":0,
             "createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x","changedAt":"2026-01-02T12:00:00Z","changedBy":"key:x"}
            """;
}
