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

    [Test]
    public void An_allow_list_holds_its_keys_and_takes_changes_of_its_file()
    {
        var path = Path.Combine(_folder, "allowed");
        var other = CurveKeyPair.Generate().Public;
        File.WriteAllText(path, $"# the office\n\n{_pair.Public} office-7\n");
        var list = new CurveAllowList(path);
        Assert.That(list.Allows(_pair.Public, out _), Is.True);
        Assert.That(list.Allows(other, out _), Is.False);
        File.WriteAllText(path, $"{other}\toffice-8, which has replaced the other\n");
        Assert.That(list.Allows(_pair.Public, out _), Is.False);
        Assert.That(list.Allows(other, out var problem), Is.True);
        Assert.That(problem, Is.Null);
    }

    [Test]
    public void A_list_that_is_broken_later_keeps_its_keys_and_says_so()
    {
        var path = Path.Combine(_folder, "allowed");
        File.WriteAllText(path, _pair.Public.Text);
        var list = new CurveAllowList(path);
        File.WriteAllText(path, $"{_pair.Public}\nhalf a li");
        Assert.That(list.Allows(_pair.Public, out var problem), Is.True);
        Assert.That(problem, Does.Contain("Line 2"));
        File.Delete(path);
        Assert.That(list.Allows(_pair.Public, out problem), Is.True);
        Assert.That(problem, Does.Contain(path));
    }

    [Test]
    public void A_list_that_is_broken_at_the_start_is_refused()
    {
        var path = Path.Combine(_folder, "allowed");
        File.WriteAllText(path, "office-7\n");
        Assert.That(() => new CurveAllowList(path), Throws.TypeOf<IOException>().With.Message.Contains("Line 1"));
    }
}
