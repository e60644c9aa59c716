using System.Runtime.Versioning;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Zmtp.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")] // Which has no modes of files.
public sealed class CurveFileTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-curve-").FullName;
    private readonly CurveKeyPair _pair = CurveKeyPair.Generate();

    private string PathOfPair => Path.Combine(_folder, "pair");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_pair_that_was_written_is_read_and_only_its_owner_may_read_it()
    {
        CurveKeyFile.Create(PathOfPair, _pair, Now);
        Assert.That(CurveKeyFile.ReadPair(PathOfPair).SecretText, Is.EqualTo(_pair.SecretText));
        Assert.That(CurveKeyFile.ReadPublic(PathOfPair), Is.EqualTo(_pair.Public));
        Assert.That(File.GetUnixFileMode(PathOfPair), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void A_file_that_exists_is_not_overwritten()
    {
        CurveKeyFile.Create(PathOfPair, _pair, Now);
        Assert.That(() => CurveKeyFile.Create(PathOfPair, CurveKeyPair.Generate(), Now), Throws.TypeOf<IOException>());
        Assert.That(CurveKeyFile.ReadPair(PathOfPair).SecretText, Is.EqualTo(_pair.SecretText));
    }

    [TestCase(UnixFileMode.GroupRead)]
    [TestCase(UnixFileMode.OtherRead)]
    [TestCase(UnixFileMode.GroupWrite)]
    public void A_secret_key_that_others_can_touch_is_refused(UnixFileMode more)
    {
        CurveKeyFile.Create(PathOfPair, _pair, Now);
        File.SetUnixFileMode(PathOfPair, File.GetUnixFileMode(PathOfPair) | more);
        Assert.That(
            () => CurveKeyFile.ReadPair(PathOfPair),
            Throws.TypeOf<IOException>().With.Message.Contains("chmod 600")
        );
    }

    [TestCase("", "holds no secret CURVE key")]
    [TestCase("curve\n  secret-key = \"short\"", "holds no secret CURVE key")]
    [TestCase("curve\n  secret-key = nothing in quotes", "holds no secret CURVE key")]
    [TestCase(
        "curve\n  public-key = \"0000000000000000000000000000000000000000\"\n  secret-key = \"SECRET\"",
        "do not belong"
    )]
    public void A_file_without_a_pair_is_refused_and_said(string text, string words)
    {
        File.WriteAllText(PathOfPair, text.Replace("SECRET", _pair.SecretText, StringComparison.Ordinal));
        File.SetUnixFileMode(PathOfPair, UnixFileMode.UserRead);
        Assert.That(() => CurveKeyFile.ReadPair(PathOfPair), Throws.TypeOf<IOException>().With.Message.Contains(words));
    }

    [Test]
    public void A_missing_file_is_said_by_its_path() =>
        Assert.That(
            () => CurveKeyFile.ReadPair(PathOfPair),
            Throws.InstanceOf<IOException>().With.Message.Contains(PathOfPair)
        );

    [TestCase(UnixFileMode.GroupWrite)]
    [TestCase(UnixFileMode.OtherWrite)]
    public void A_pinned_key_that_others_can_write_is_refused(UnixFileMode more)
    {
        var path = Path.Combine(_folder, "server.pub");
        File.WriteAllText(path, _pair.Public.Text);
        Assert.That(CurveKeyFile.ReadPinned(path), Is.EqualTo(_pair.Public));
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | more);
        Assert.That(
            () => CurveKeyFile.ReadPinned(path),
            Throws.TypeOf<IOException>().With.Message.Contains($"chmod go-w {path}")
        );
    }
}
