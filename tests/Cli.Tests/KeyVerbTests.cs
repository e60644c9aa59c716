namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of keys and enrolment tokens ask and print.</summary>
internal sealed class KeyVerbTests : VerbFixture<KeyVerbTests>, IVerbCases
{
    private static readonly string KeyJson =
        $$"""{"id":"0123456789ab","kind":"handler","namespace":"default","handler":"office-7","createdAt":"2026-01-02T12:00:00Z","createdBy":"x","key":"{{Key}}"}""";

    private const string Token = "sze_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private const string EnrolmentJson =
        $$"""{"id":"0123456789ab","namespace":"default","handler":"office-7","createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x","expiresAt":"2026-01-02T12:15:00Z","token":"{{Token}}","command":"schedulezero agent enroll BRIDGE-URL {{Token}}"}""";

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case($"GET {Ns}/keys", PageOf(KeyJson), "keys list"),
            Case($"GET {Ns}/keys?handler=office-7&limit=5", PageOf(KeyJson), "keys list --handler office-7 --limit 5"),
            Case($"POST {Ns}/keys", KeyJson, "keys create handler office-7 --method reports.*"),
            Case(
                $"PATCH {Ns}/keys/0123456789ab",
                KeyJson,
                "keys change 0123456789ab --method reports.* --max-capacity 4"
            ),
            Case($"PATCH {Ns}/keys/0123456789ab", KeyJson, "keys change 0123456789ab --requests-per-minute 6000"),
            Case($"POST {Ns}/keys/0123456789ab/rotate", KeyJson, "keys rotate 0123456789ab --overlap 1h"),
            Case($"DELETE {Ns}/keys/0123456789ab", "", "keys revoke 0123456789ab"),
            Case(
                $"POST {Ns}/enrolments",
                EnrolmentJson,
                "enrolments create office-7 --method reports.* --expires-in 30m"
            ),
            Case($"GET {Ns}/enrolments", PageOf(EnrolmentJson), "enrolments list"),
            Case($"DELETE {Ns}/enrolments/0123456789ab", "", "enrolments revoke 0123456789ab"),
        ];

    [Test]
    public async Task A_rotated_key_may_stay_good_for_as_long_as_is_said()
    {
        Server.Answer(KeyJson, 201);
        var outcome = await RunAsync("keys", "rotate", "0123456789ab", "--overlap", "1h");
        Assert.That(Server.Requests[0].Body, Is.EqualTo("{\"overlap\":\"PT1H\"}"));
        Assert.That(outcome.Out, Does.Contain(Key));
    }

    [Test]
    public async Task A_new_key_goes_to_a_file_that_only_its_owner_reads()
    {
        Server.Answer(KeyJson, 201);
        var file = Path.Combine(Folder, "office-7.key");
        var outcome = await RunAsync("keys", "create", "handler", "office-7", "--out", file);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Out + outcome.Error, Does.Not.Contain(Key));
        Assert.That((await File.ReadAllTextAsync(file)).Trim(), Is.EqualTo(Key));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [TestCase("office-7", "\"handler\":\"office-7\"")]
    [TestCase("office-*", "\"handlers\":\"office-*\"")]
    public async Task An_enrolment_token_is_printed_with_the_line_to_run(string handler, string expected)
    {
        Server.Answer(EnrolmentJson, 201);
        var outcome = await RunAsync("enrolments", "create", handler, "--max-capacity", "4", "--expires-in", "30m");
        Assert.That(
            Server.Requests[0].Body,
            Does.Contain(expected).And.Contain("\"maxCapacity\":4").And.Contain("\"expiresIn\":\"PT30M\"")
        );
        Assert.That(outcome.Out, Does.Contain($"schedulezero agent enroll BRIDGE-URL {Token}"));
    }
}
