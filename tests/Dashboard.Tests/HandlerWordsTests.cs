using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Pages.Handlers;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>What pages say of handlers, keys, links and the audit log.</summary>
public sealed class HandlerWordsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    [TestCase(false, false, "ready", 0, "away")]
    [TestCase(true, false, "ready", 0, "free")]
    [TestCase(true, false, "ready", 1, "at work")]
    [TestCase(true, false, "ready", 4, "full")]
    [TestCase(true, false, "starting", 0, "starting")]
    [TestCase(true, true, "ready", 1, "drained")]
    [TestCase(true, true, "unresponsive", 1, "silent")]
    public void A_handler_stands_as_its_sessions_do(bool online, bool drained, string state, int running, string word)
    {
        var handler = new HandlerView
        {
            Name = "office-1",
            Online = online,
            Drained = drained,
            Methods = [],
            Groups = [],
            Sessions = [Session(state, running)],
        };
        Assert.That(HandlerText.Of(HandlerText.StandingOf(handler)), Is.EqualTo(word));
    }

    [Test]
    public void A_copied_key_locks_its_handler_out_until_there_is_a_good_one()
    {
        var copied = Key() with { RevokedAt = Noon, RevokedReason = HandlerKeys.Cloned };
        var expired = Key() with { ExpiresAt = Noon };
        Assert.Multiple(() =>
        {
            Assert.That(HandlerKeys.IsLockedOut([copied], Noon), Is.True);
            Assert.That(HandlerKeys.IsLockedOut([copied, expired], Noon), Is.True);
            Assert.That(HandlerKeys.IsLockedOut([copied, Key()], Noon), Is.False);
            Assert.That(HandlerKeys.IsLockedOut([expired], Noon), Is.False);
        });
    }

    [TestCase("https://bridge.example.org", true)]
    [TestCase("http://127.0.0.1:8890", true)]
    [TestCase("tcp://[2001:db8::1]:4242", true)]
    [TestCase("", false)]
    [TestCase("bridge.example", false)]
    [TestCase("ftp://bridge.example", false)]
    [TestCase("https://user@bridge.example", false)]
    [TestCase("https://bridge.example/'$(reboot)'", false)]
    [TestCase("https://bridge.example/\"", false)]
    [TestCase("https://bridge.example/ b", false)]
    public void An_address_that_a_shell_could_misread_is_refused(string address, bool isGood) =>
        Assert.That(EnrolLine.ProblemOf(address) is null, Is.EqualTo(isGood));

    [Test]
    public void The_line_names_each_file_without_a_colon_and_leaves_a_place_for_a_name_to_choose()
    {
        var named = new EnrolLine("https://b.example", "sze_1_2", "emea:office-1");
        var chosen = new EnrolLine("https://b.example", "sze_1_2", null);
        Assert.Multiple(() =>
        {
            Assert.That(
                named.ForShell,
                Is.EqualTo(
                    "schedulezero agent enroll 'https://b.example' 'sze_1_2' --out emea-office-1.json "
                        + "&& printf '%s\\n' 'handler: emea:office-1' 'bridges: [\"https://b.example\"]' "
                        + "'identityFile: emea-office-1.json' 'methods:' "
                        + "'  host.name: { command: hostname, result: stdout }' "
                        + "'  disk.free: { command: df, args: [-h, \"${params.disk}\"], params: { disk: { "
                        + "type: string, required: true, pattern: \"/.*\" } }, result: stdout }' > emea-office-1.yaml "
                        + "&& schedulezero agent --config emea-office-1.yaml"
                )
            );
            Assert.That(named.ForPowerShell, Does.Contain("; if ($?) { Set-Content emea-office-1.yaml @('handler: "));
            Assert.That(
                named.ForPowerShell,
                Does.Contain("-Name, \"${params.disk}\"], params: { disk: { type: string, ")
            );
            Assert.That(
                named.ForPowerShell,
                Does.Contain("pattern: \"[A-Za-z]\" } }, result: stdout }'); schedulezero")
            );
            Assert.That(chosen.ForShell, Does.Contain(" --handler NAME --out NAME.json "));
        });
    }

    [TestCase(10L, 9L, null, "signed")]
    [TestCase(10L, null, null, "not signed yet")]
    [TestCase(5000L, 10L, null, "signing is behind")]
    [TestCase(10L, 9L, "The key is gone.", "not signed")]
    public void The_audit_log_is_as_good_as_its_last_signature(
        long events,
        long? through,
        string? problem,
        string words
    )
    {
        var chain = new AuditChainView
        {
            Events = events,
            Hash = "00",
            KeyId = "k",
            SignedThrough = through,
            Problem = problem,
        };
        Assert.That(ChainText.Words(chain), Is.EqualTo(words));
    }

    private static SessionView Session(string state, int running) =>
        new()
        {
            SessionId = "s",
            Instance = "i",
            State = state,
            Capacity = 4,
            Running = running,
            ConnectedAt = Noon,
        };

    private static KeyView Key() =>
        new()
        {
            Id = "0123456789ab",
            Kind = KeyKind.Handler,
            Namespace = "default",
            Handler = "office-1",
            CreatedAt = Noon,
            CreatedBy = "user:ada",
        };
}
