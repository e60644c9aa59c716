using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts.Tests;

public sealed class OfflineProofTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly JsonSerializerOptions RestOptions = new(RestJson.Default.Options)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private ECDsa _key = null!;

    [SetUp]
    public void MakeKey() => _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [TearDown]
    public void ForgetKey() => _key.Dispose();

    private AuditKey Public => CheckpointKeys.PublicOf(_key);

    private byte[] Sign(byte[] text) =>
        _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    private static KeptSchedule Schedule() =>
        new()
        {
            ScheduleId = Guid.Parse("0198c0de-0000-7000-8000-000000000001"),
            Namespace = "default",
            Name = "meter",
            Version = 3,
            Handler = "box",
            Store = "store-1",
            Trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(2) },
            CreatedAt = Noon,
            EndAt = Noon.AddYears(1),
            Overlap = OverlapPolicy.CancelPrevious,
            Jitter = TimeSpan.FromSeconds(1),
            Calendars =
            [
                new KeptCalendar(
                    "holidays",
                    "Europe/Berlin",
                    [new DateOnly(2026, 12, 25)],
                    [new DateRange(new DateOnly(2026, 8, 1), new DateOnly(2026, 8, 14))],
                    [DayOfWeek.Sunday]
                ),
            ],
            Method = "read",
            Params = RawJson.From(new { days = 3 }),
            Timeout = TimeSpan.FromMinutes(1),
            Retry = RetryPolicy.Default,
            Tags = ["a"],
            ValidFrom = Noon,
            ValidUntil = Noon.AddDays(7),
        };

    /// <summary>Agents have copies on their disks that older Brokers wrote.</summary>
    [Test]
    public void A_copy_is_written_as_json_of_rest_is()
    {
        var copy = OfflineProofs.Write(Schedule(), Sign);
        Assert.That(
            Encoding.UTF8.GetString(Base64Url.DecodeFromChars(copy.Schedule)),
            Is.EqualTo(JsonSerializer.Serialize(Schedule(), RestOptions))
        );
    }

    [Test]
    public void A_copy_is_read_as_it_was_written()
    {
        Assert.That(OfflineProofs.TryRead(OfflineProofs.Write(Schedule(), Sign), Public, out var read), Is.True);
        Assert.That(
            RawJson.From(read, RestOptions).ToString(),
            Is.EqualTo(RawJson.From(Schedule(), RestOptions).ToString())
        );
        Assert.That(
            (read!.Trigger.Every, read.Overlap, read.Retry),
            Is.EqualTo((TimeSpan.FromSeconds(2), OverlapPolicy.CancelPrevious, RetryPolicy.Default))
        );
    }

    [Test]
    public void A_copy_that_was_changed_or_signed_by_another_is_none()
    {
        var copy = OfflineProofs.Write(Schedule(), Sign);
        var other = OfflineProofs.Write(Schedule() with { Method = "wipe" }, Sign);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        KeptCopy[] bad =
        [
            copy with
            {
                Schedule = other.Schedule,
            },
            copy with
            {
                Signature = other.Signature,
            },
            copy with
            {
                Signature = "",
            },
            copy with
            {
                Signature = "=" + copy.Signature,
            },
            copy with
            {
                Schedule = copy.Schedule + "A",
            },
            copy with
            {
                Schedule = "",
            },
            new KeptCopy("not base64url!", copy.Signature),
        ];
        Assert.That(bad.Select(each => OfflineProofs.TryRead(each, Public, out _)), Has.All.False);
        Assert.That(OfflineProofs.TryRead(copy, CheckpointKeys.PublicOf(stranger), out _), Is.False);
        Assert.That(OfflineProofs.TryRead(copy, Public, out _), Is.True);
    }

    [Test]
    public void What_is_signed_and_makes_no_sense_is_none()
    {
        foreach (var text in new[] { "null", "{}", "[", "7" })
        {
            var encoded = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
            var copy = new KeptCopy(
                encoded,
                Base64Url.EncodeToString(Sign(Encoding.UTF8.GetBytes($"SZ1|keep|{encoded}")))
            );
            Assert.That(OfflineProofs.TryRead(copy, Public, out _), Is.False, text);
        }
    }

    [Test]
    public void A_signature_over_a_checkpoint_is_none_over_a_copy()
    {
        var point = new AuditPoint(1, "hash");
        var copy = OfflineProofs.Write(Schedule(), Sign) with
        {
            Signature = Base64Url.EncodeToString(Sign(AuditChain.SignedText(point))),
        };
        Assert.That(OfflineProofs.TryRead(copy, Public, out _), Is.False);
    }

    [Test]
    public void Whose_a_copy_claims_to_be_is_seen_without_trusting_it()
    {
        Assert.That(
            OfflineProofs.Claim(OfflineProofs.Write(Schedule(), _ => new byte[64])),
            Is.EqualTo(Schedule().ScheduleId)
        );
        Assert.That(OfflineProofs.Claim(new KeptCopy("!", "")), Is.EqualTo(Guid.Empty));
    }
}
