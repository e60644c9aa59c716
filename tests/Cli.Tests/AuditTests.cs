using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what <c>schedulezero audit</c> says about a log, and of its exit codes.</summary>
internal sealed class AuditTests : CliFixture
{
    private const int Failed = 1;
    private const int Usage = 2;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private string[] _lines = [];

    private string KeysJson =>
        JsonSerializer.Serialize(new AuditKeySet([CheckpointKeys.PublicOf(_key)]), RestJson.Default.AuditKeySet);

    private string End => new AuditPoint(_lines.Length, _lines[^1][^66..^2]).ToString();

    [OneTimeSetUp]
    public void WriteLog()
    {
        var core = new BrokerCore(new CoreOptions());
        var decision = new Decision(new Moment(Time.GetUtcNow(), default), new Random(1));
        for (var i = 0; i < 5; i++)
        {
            core.Apply(
                new BrokerInput.Noted
                {
                    Audit = new AuditNote
                    {
                        Actor = "user:ana\u001b[31m",
                        Action = "jobs:run",
                        Object = $"job:{i}",
                    },
                },
                decision
            );
        }

        core.Close(decision);
        var through = decision.Effects.OfType<Effect.AuditKept>().Single().Tail.Point;
        var signature = _key.SignData(
            AuditChain.SignedText(through),
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );
        core.Apply(
            new BrokerInput.CheckpointAudit(
                new UncalledTicket(),
                through,
                CheckpointKeys.PublicOf(_key).Kid,
                Base64Url.EncodeToString(signature)
            ),
            decision
        );
        core.Close(decision);
        _lines =
        [
            .. decision
                .Changes.OfType<Change.AuditAppended>()
                .SelectMany(change => Encoding.UTF8.GetString(change.Block.Lines).Split('\n')),
        ];
    }

    [OneTimeTearDown]
    public void ForgetKey() => _key.Dispose();

    [Test]
    public async Task A_list_of_the_whole_broker_and_of_a_namespace_ask_for_themselves()
    {
        Server.Answer(PageOf(_lines[0]));
        var outcome = await RunAsync(
            "audit",
            "list",
            "--actor",
            "user:ana",
            "--outcome",
            "denied",
            "--object",
            "job:1",
            "--query",
            "x",
            "--limit",
            "5"
        );
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            Server.Requests[^1].Line,
            Is.EqualTo("GET /api/audit?actor=user%3Aana&outcome=denied&object=job%3A1&q=x&limit=5")
        );
        Assert.That(outcome.Out, Does.Contain("jobs:run").And.Contain("job:0").And.Not.Contain("\u001b"));
        Assert.That((await RunAsync("audit", "list", "--in-namespace", "--action", "keys:create")).ExitCode, Is.Zero);
        Assert.That(Server.Requests[^1].Line, Is.EqualTo("GET /api/namespaces/default/audit?action=keys%3Acreate"));
    }

    [Test]
    public async Task An_export_is_written_byte_for_byte_and_verifies_without_a_broker()
    {
        Server.Answer(Export(_lines));
        var (export, keys) = (Path.Combine(Folder, "audit.ndjson"), Path.Combine(Folder, "keys.json"));
        Assert.That((await RunAsync("audit", "export", "--from", "2026-01-01", "--out", export)).ExitCode, Is.Zero);
        Assert.That(Server.Requests.Single().Line, Is.EqualTo("GET /api/audit/export?from=2026-01-01T00%3A00%3A00Z"));
        Assert.That(await File.ReadAllTextAsync(export), Is.EqualTo(Export(_lines)));
        await File.WriteAllTextAsync(keys, KeysJson);
        Variables.Clear();
        var outcome = await RunAsync("audit", "verify", "--file", export, "--keys", keys, "--checkpoint", End);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            outcome.Out,
            Does.Contain("events").And.Contain("beginning").And.Contain($"5:{_lines[4][^66..^2]}")
        );
        Assert.That(outcome.Error, Does.Contain($"--checkpoint {End}"));
    }

    [Test]
    public async Task A_log_is_verified_as_it_streams_with_the_keys_that_the_broker_names()
    {
        Server.Answer(KeysJson).Answer(Export(_lines));
        var outcome = await RunAsync("audit", "verify", "-o", "json");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(
            Server.Requests.Select(request => request.Line),
            Is.EqualTo(new[] { "GET /api/audit/keys", "GET /api/audit/export" })
        );
        var verdict = JsonSerializer.Deserialize(outcome.Out, RestJson.Default.AuditVerdict)!;
        Assert.That(
            (verdict.Last, verdict.Checkpoints, verdict.Start, verdict.End?.ToString()),
            Is.EqualTo((6L, 1, AuditStart.Beginning, End))
        );
    }

    [TestCase("changed", "hashMismatch")]
    [TestCase("missing", "gap")]
    [TestCase("moved", "gap")]
    [TestCase("again", "reordered")]
    [TestCase("cut", "truncated")]
    [TestCase("late", "missingStart")]
    [TestCase("nonsense", "malformed")]
    public async Task A_fault_is_named_and_fails(string tampering, string kind)
    {
        string[] lines = tampering switch
        {
            "changed" => [_lines[0], _lines[1].Replace("job:1", "job:9", StringComparison.Ordinal), .. _lines[2..]],
            "missing" => [.. _lines[..2], .. _lines[3..]],
            "moved" => [.. _lines[..2], _lines[3], _lines[2], .. _lines[4..]],
            "again" => [.. _lines[..2], .. _lines[1..]],
            "cut" => _lines[..^1],
            "late" => _lines[1..],
            _ => [.. _lines[..^1], "{}"],
        };
        Server.Answer(KeysJson).Answer(Export(lines));
        var outcome = await RunAsync("audit", "verify", "--checkpoint", End);
        Assert.That(outcome.ExitCode, Is.EqualTo(Failed));
        Assert.That(outcome.Error, Does.Contain($": {kind}. "));
    }

    [Test]
    public async Task A_part_of_the_log_verifies_when_it_is_said_to_be_one()
    {
        var export = Path.Combine(Folder, "part.ndjson");
        await File.WriteAllTextAsync(export, Export(_lines[2..]));
        Assert.That((await RunAsync("audit", "verify", "--file", export)).ExitCode, Is.EqualTo(Failed));
        var outcome = await RunAsync("audit", "verify", "--file", export, "--partial");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Out, Does.Contain("unproven").And.Contain("no keys were given"));
    }

    [Test]
    public async Task Keys_of_somebody_else_fail()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Server
            .Answer(
                JsonSerializer.Serialize(
                    new AuditKeySet([CheckpointKeys.PublicOf(other)]),
                    RestJson.Default.AuditKeySet
                )
            )
            .Answer(Export(_lines));
        var outcome = await RunAsync("audit", "verify");
        Assert.That(
            (outcome.ExitCode, outcome.Error.Contains("badSignature", StringComparison.Ordinal)),
            Is.EqualTo((Failed, true))
        );
    }

    [TestCase("--checkpoint", "5")]
    [TestCase("--checkpoint", "0:0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("--checkpoint", "5:ABCDEF0000000000000000000000000000000000000000000000000000000000")]
    [TestCase("--keys", "NONSENSE")]
    public async Task A_checkpoint_or_key_that_is_none_is_wrong_usage(string option, string value)
    {
        if (value == "NONSENSE")
        {
            value = Path.Combine(Folder, "keys.json");
            await File.WriteAllTextAsync(value, """{"keys":[{"kid":"a","x":"b","y":"c"}]}""");
        }

        Server.Answer(Export(_lines));
        var outcome = await RunAsync("audit", "verify", option, value);
        Assert.That(outcome.ExitCode, Is.EqualTo(Usage), outcome.Error);
    }

    [Test]
    public async Task Keys_are_written_to_be_kept()
    {
        Server.Answer(KeysJson);
        var outcome = await RunAsync("audit", "keys");
        Assert.That(
            JsonSerializer.Deserialize(outcome.Out, RestJson.Default.AuditKeySet)!.Keys.Single(),
            Is.EqualTo(CheckpointKeys.PublicOf(_key))
        );
    }

    private static string Export(string[] lines) => string.Concat(lines.Select(line => line + "\n"));
}
