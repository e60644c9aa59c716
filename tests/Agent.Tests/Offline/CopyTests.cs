using System.Security.Cryptography;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Agent.Tests.Offline;

public sealed class CopyTests
{
    private OfflineRig _rig = null!;

    [SetUp]
    public void Begin() => _rig = new OfflineRig();

    [TearDown]
    public void End() => _rig.Dispose();

    private string[] Files => Directory.GetFiles(_rig.Folder, "copy-*");

    private void Offline(int until)
    {
        _rig.Cut();
        _rig.To(until);
    }

    private void Keep(KeptCopy copy, AuditKey? key = null)
    {
        _rig.Custodian.SessionOpened();
        _rig.Custodian.ReceiveCopies(new Keep { Key = key ?? _rig.PublicKey, Copies = [copy] });
    }

    [Test]
    public void A_copy_outlives_the_process()
    {
        _rig.OpenWith(_rig.ASchedule());
        _rig.Restart();
        _rig.To(25);
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1), (20d, 1) }));
    }

    [Test]
    public void A_copy_that_is_given_again_is_not_written_again()
    {
        var copy = _rig.Sign(_rig.ASchedule());
        Keep(copy);
        var written = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Files.Single(), written);
        Keep(copy);
        Assert.That(File.GetLastWriteTimeUtc(Files.Single()), Is.EqualTo(written));
        Keep(_rig.Sign(_rig.ASchedule() with { Version = 2 }));
        Assert.That(File.GetLastWriteTimeUtc(Files.Single()), Is.Not.EqualTo(written));
    }

    [Test]
    public void A_later_copy_takes_an_earlier_ones_place_and_those_that_are_not_named_are_forgotten()
    {
        var (kept, dropped) = (_rig.ASchedule(), _rig.ASchedule() with { ScheduleId = Guid.NewGuid() });
        _rig.OpenWith(kept, dropped);
        _rig.OpenWith(
            kept with
            {
                Version = 2,
                Trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(7) },
            }
        );
        _rig.Custodian.ReceiveCopies(
            new Keep
            {
                Key = _rig.PublicKey,
                Copies = [],
                Only = [kept.ScheduleId],
            }
        );
        Assert.That(Files, Has.Length.EqualTo(1));
        _rig.Restart();
        _rig.To(25);

        Assert.That(_rig.Begun, Is.EqualTo(new[] { (7d, 1), (14d, 1), (21d, 1) }));
    }

    [Test]
    public void A_copy_that_the_agent_cannot_run_takes_the_earlier_ones_place_all_the_same()
    {
        _rig.OpenWith(_rig.ASchedule());
        _rig.OpenWith(
            _rig.ASchedule() with
            {
                Version = 2,
                Trigger = new TriggerRequest { Kind = "tide" },
            }
        );
        Offline(60);

        Assert.That(_rig.Begun, Is.Empty);
        Assert.That(Files, Is.Empty);
    }

    private static readonly Dictionary<string, Func<OfflineRig, KeptCopy>> Forgeries = new(StringComparer.Ordinal)
    {
        ["another handler's"] = rig => rig.Sign(rig.ASchedule() with { Handler = "office-8" }),
        ["another store's"] = rig => rig.Sign(rig.ASchedule() with { Store = new string('0', 32) }),
        ["changed"] = rig =>
            rig.Sign(rig.ASchedule()) with
            {
                Schedule = rig.Sign(rig.ASchedule() with { Method = "other" }).Schedule,
            },
        ["no signature"] = rig => rig.Sign(rig.ASchedule()) with { Signature = "" },
        ["no schedule"] = rig => new KeptCopy("bm90IGpzb24", "AAAA"),
        ["a trigger of later versions"] = rig =>
            rig.Sign(rig.ASchedule() with { Trigger = new TriggerRequest { Kind = "tide" } }),
        ["a zone that nobody knows"] = rig =>
            rig.Sign(rig.ASchedule() with { Calendars = [new KeptCalendar("c", "Mars/Base", [], [], [])] }),
    };

    private static IEnumerable<string> ForgeryNames => Forgeries.Keys;

    [TestCaseSource(nameof(ForgeryNames))]
    public void A_copy_that_is_not_good_is_ignored_with_a_word(string forgery)
    {
        Keep(Forgeries[forgery](_rig));
        Offline(60);

        Assert.That(_rig.Begun, Is.Empty);
        Assert.That(Files, Is.Empty);
        Assert.That(_rig.Log.Lines.Select(line => line.Id), Does.Contain(5403));
    }

    [Test]
    public void A_copy_signed_by_another_key_is_ignored()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Keep(_rig.Sign(_rig.ASchedule()), CheckpointKeys.PublicOf(other));
        Keep(_rig.Sign(_rig.ASchedule()), _rig.PublicKey with { Kid = "x" });
        Offline(60);
        Assert.That(_rig.Begun, Is.Empty);
    }

    [TestCase("\"schedule\":\"e", "\"schedule\":\"f")] // In base64url.
    [TestCase("{", "[")]
    public void A_copy_that_was_changed_on_the_disk_is_ignored(string before, string after)
    {
        _rig.OpenWith(_rig.ASchedule());
        var text = File.ReadAllText(Files.Single());
        File.WriteAllText(Files.Single(), text.Replace(before, after, StringComparison.Ordinal));
        Assert.That(File.ReadAllText(Files.Single()), Is.Not.EqualTo(text));
        _rig.Restart();
        _rig.To(60);

        Assert.That(_rig.Begun, Is.Empty);
        Assert.That(_rig.Log.Lines.Select(line => line.Id), Does.Contain(5403));
    }

    [Test]
    public void A_method_that_the_handler_does_not_offer_is_not_run()
    {
        _rig.OpenWith(_rig.ASchedule() with { Method = "none" }, _rig.ASchedule() with { ScheduleId = Guid.NewGuid() });
        Offline(15);
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1) }));
        Assert.That(_rig.Reports(), Has.Count.EqualTo(1));
    }
}
