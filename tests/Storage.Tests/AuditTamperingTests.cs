using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Tickets;

namespace ScheduleZero.Storage.Tests;

/// <summary>
/// Somebody changes the audit log, in an export or in the store's file while the Broker is stopped. Whoever has stored
/// the public key and the log's last point elsewhere finds every change. <c>SZ_TAMPERINGS</c> is the number of changes
/// to try, <c>SZ_SEED</c> the first seed.
/// </summary>
public sealed class AuditTamperingTests
{
    private const int Batches = 40;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private List<AuditBlock> _whole = [];
    private List<AuditBlock> _pruned = [];

    private static int Runs { get; } =
        int.Parse(Environment.GetEnvironmentVariable("SZ_TAMPERINGS") ?? "1000", CultureInfo.InvariantCulture);

    private static int FirstSeed { get; } =
        int.Parse(Environment.GetEnvironmentVariable("SZ_SEED") ?? "1", CultureInfo.InvariantCulture);

    private AuditKey Key => CheckpointKeys.PublicOf(_key);

    [OneTimeSetUp]
    public void WriteLogs()
    {
        _whole = Write(isPruned: false);
        _pruned = Write(isPruned: true)[10..];
        var (whole, pruned) = (AuditLines.Verify(_whole, [], [Key]), AuditLines.Verify(_pruned, [], [Key]));
        Assert.That(
            (whole.Fault, whole.Start, whole.Checkpoints),
            Is.EqualTo(((AuditFault?)null, AuditStart.Beginning, 6))
        );
        Assert.That((pruned.Fault, pruned.Start), Is.EqualTo(((AuditFault?)null, AuditStart.Pruned)));
    }

    private List<AuditBlock> Write(bool isPruned)
    {
        var blocks = new List<AuditBlock>();
        void Keep(List<Change> changes) =>
            blocks.AddRange(changes.OfType<Change.AuditAppended>().Select(change => change.Block));
        var log = new AuditLines();
        var chance = new Random(1);
        for (var batch = 0; batch < Batches; batch++)
        {
            log.Now += TimeSpan.FromSeconds(1);
            Keep(log.Batch(chance.Next(1, 20), $"batch {batch}"));
            if (batch % 7 == 6)
            {
                Keep(log.Decide(Checkpoint(blocks[^1])));
            }

            if (isPruned && batch == 25)
            {
                var previous = blocks[9];
                var detail = new AuditDetail
                {
                    Before = previous.Last + 1,
                    PreviousHash = Convert.ToHexStringLower(previous.Hash),
                };
                Keep(
                    log.Batch(
                        new AuditNote
                        {
                            Actor = "system",
                            Action = AuditChain.PruneAction,
                            Detail = detail,
                        }
                    )
                );
            }
        }

        Keep(log.Decide(Checkpoint(blocks[^1])));
        return blocks;
    }

    [OneTimeTearDown]
    public void ForgetKey() => _key.Dispose();

    [Test]
    public async Task Every_tampering_with_an_export_is_found()
    {
        var start = Stopwatch.GetTimestamp();
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = FirstSeed; seed < FirstSeed + Runs; seed++)
        {
            var chance = new Random(seed);
            var blocks = chance.Next(2) == 0 ? _whole : _pruned;
            var lines = blocks.SelectMany(AuditLines.LinesOf).ToList();
            var (kind, tampered) = Tampering.OfExport(lines, chance);
            var verdict = await new AuditVerifier([Key], [EndOf(blocks)]).VerifyAsync(new MemoryStream(tampered));
            Assert.That(verdict.Fault, Is.Not.Null, $"Replay with SZ_SEED={seed}: {kind} was not found.");
            Count(kinds, $"{kind}: {verdict.Fault!.Kind}");
        }

        await SayAsync("an export", start, kinds);
    }

    [Test]
    public async Task Every_tampering_with_the_stores_file_is_found()
    {
        var start = Stopwatch.GetTimestamp();
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var disk = new SimulatedDisk(1);
        await using (var store = await OpenAsync(disk))
        {
            foreach (var block in _whole)
            {
                await store.CommitAsync([new Change.AuditAppended(block)], CancellationToken.None);
            }
        }

        var (data, log) = (disk.Read("broker.db"), disk.Read("broker.log"));
        for (var seed = FirstSeed; seed < FirstSeed + Runs; seed++)
        {
            disk.Overwrite("broker.db", data);
            disk.Overwrite("broker.log", log);
            var kind = TamperWith(disk, new Random(seed));
            await using var store = await OpenAsync(disk);
            var verdict = AuditLines.Verify(
                await store.ReadAuditAsync(1, int.MaxValue, CancellationToken.None),
                [EndOf(_whole)],
                [Key]
            );
            Assert.That(verdict.Fault, Is.Not.Null, $"Replay with SZ_SEED={seed}: {kind} was not found.");
            Count(kinds, $"{kind}: {verdict.Fault!.Kind}");
        }

        await SayAsync("the store's file", start, kinds);
    }

    [Test]
    public async Task A_history_that_was_written_anew_up_to_its_end_is_found_by_its_checkpoints_alone()
    {
        var lines = _whole.SelectMany(AuditLines.LinesOf).ToList();
        for (var at = 0; at < lines.Count - 2; at += 11)
        {
            var forged = Tampering.Rewritten(
                lines,
                at,
                line =>
                    line.Replace("\"actor\":\"key:1\"", "\"actor\":\"key:2\"", StringComparison.Ordinal)
                        .Replace("\"actor\":\"system\"", "\"actor\":\"nobody\"", StringComparison.Ordinal)
            );
            var verdict = await new AuditVerifier([Key], []).VerifyAsync(new MemoryStream(Tampering.Bytes(forged)));
            Assert.That(verdict.Fault?.Kind, Is.EqualTo(AuditFaultKind.BadSignature), $"from line {at} on");
            Assert.That(
                (await new AuditVerifier([], []).VerifyAsync(new MemoryStream(Tampering.Bytes(forged)))).Fault?.Kind,
                Is.EqualTo(AuditFaultKind.BadSignature)
            );
        }
    }

    [Test]
    public async Task A_checkpoint_that_somebody_else_has_signed_is_found()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var verdict = await new AuditVerifier([CheckpointKeys.PublicOf(other)], []).VerifyAsync(
            new MemoryStream(Tampering.Bytes(_whole.SelectMany(AuditLines.LinesOf)))
        );
        Assert.That(verdict.Fault?.Kind, Is.EqualTo(AuditFaultKind.BadSignature));
        var foreign = Key with { X = CheckpointKeys.PublicOf(other).X, Y = CheckpointKeys.PublicOf(other).Y };
        Assert.That(() => new AuditVerifier([foreign], []), Throws.ArgumentException, "a key under another's name");
    }

    private static AuditPoint EndOf(List<AuditBlock> blocks) =>
        new(blocks[^1].Last, Convert.ToHexStringLower(blocks[^1].Hash));

    private BrokerInput.CheckpointAudit Checkpoint(AuditBlock newest)
    {
        var through = EndOf([newest]);
        var signature = _key.SignData(
            AuditChain.SignedText(through),
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );
        return new BrokerInput.CheckpointAudit(
            new UncalledTicket(),
            through,
            Key.Kid,
            Base64Url.EncodeToString(signature)
        );
    }

    private static string TamperWith(SimulatedDisk disk, Random chance)
    {
        using var documents = Documents.Open(disk.Open(), NullLogger.Instance);
        var rows = documents.Scan(
            AuditRows.Name,
            "_id",
            LiteDB.BsonValue.MinValue,
            LiteDB.BsonValue.MaxValue,
            descending: false,
            int.MaxValue
        );
        var kind = "";
        documents.Transact(() => kind = Tampering.OfRows(documents, rows, chance));
        documents.Checkpoint();
        return kind;
    }

    private static void Count(SortedDictionary<string, int> kinds, string kind) =>
        kinds[kind] = kinds.GetValueOrDefault(kind) + 1;

    private static Task SayAsync(string of, long start, SortedDictionary<string, int> kinds) =>
        TestContext.Out.WriteLineAsync(
            $"{Runs} tamperings with {of} from seed {FirstSeed}, all found, in "
                + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"
                + string.Concat(kinds.Select(kind => $"{Environment.NewLine}  {kind.Value, 4}  {kind.Key}"))
        );

    private static async Task<LiteDbStore> OpenAsync(SimulatedDisk disk) =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = "simulated", OpenFolder = disk.Open },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
}
