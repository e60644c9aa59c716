using System.Runtime.Versioning;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Zmtp.Tests;

/// <summary>The file with the CURVE keys of clients that may connect, and what befalls it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")] // Which has no modes of files.
public sealed class AllowListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-allowed-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly CurvePublicKey _key = CurveKeyPair.Generate().Public;
    private readonly CurvePublicKey _other = CurveKeyPair.Generate().Public;

    private string Listed => Path.Combine(_folder, "allowed");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void An_allow_list_holds_its_keys_and_takes_changes_of_its_file()
    {
        var list = Open($"# the office\n\n{_key} office-7\n");
        Assert.That(list.Allows(_key, out _), Is.True);
        Assert.That(list.Allows(_other, out _), Is.False);
        File.WriteAllText(Listed, $"{_other}\toffice-8, which has replaced the other\n");
        Assert.That(list.Allows(_key, out _), Is.False);
        Assert.That(list.Allows(_other, out var problem), Is.True);
        Assert.That(problem, Is.Null);
    }

    [Test]
    public void A_list_that_is_broken_later_keeps_its_keys_and_says_so()
    {
        var list = Open(_key.Text);
        File.WriteAllText(Listed, $"{_key}\nhalf a li");
        Assert.That(list.Allows(_key, out var problem), Is.True);
        Assert.That(problem, Does.Contain("Line 2").And.Contain("read last hold"));
    }

    [Test]
    public void A_list_that_is_broken_at_the_start_is_refused()
    {
        Assert.That(() => Open("office-7\n"), Throws.TypeOf<IOException>().With.Message.Contains("Line 1"));
    }

    [TestCase(UnixFileMode.GroupWrite)]
    [TestCase(UnixFileMode.OtherWrite)]
    public void A_list_that_others_may_write_is_refused_at_the_start(UnixFileMode more)
    {
        File.WriteAllText(Listed, _key.Text);
        Add(Listed, more);
        Assert.That(
            () => new CurveAllowList(Listed, _time),
            Throws.TypeOf<IOException>().With.Message.Contains($"chmod go-w {Listed}")
        );
    }

    [Test]
    public void What_others_could_write_into_a_list_is_not_believed()
    {
        var list = Open(_key.Text);
        Add(Listed, UnixFileMode.OtherWrite);
        Assert.That(list.Allows(_key, out var problem), Is.True, "before anything was written");
        Assert.That(problem, Does.Contain("may write").And.Contain("read last hold"));

        File.AppendAllText(Listed, $"\n{_other}");
        Assert.That(list.Allows(_key, out _), Is.True);
        Assert.That(list.Allows(_other, out problem), Is.False);
        Assert.That(problem, Does.Contain("chmod go-w"));
        Assert.That(list.Refresh(out _), Is.False);

        File.WriteAllText(Listed, _key.Text);
        File.SetUnixFileMode(Listed, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.That(list.Allows(_key, out problem), Is.True);
        Assert.That(problem, Is.Null);
    }

    [TestCase(UnixFileMode.GroupWrite, false)]
    [TestCase(UnixFileMode.OtherWrite, false)]
    [TestCase(UnixFileMode.OtherWrite | UnixFileMode.StickyBit, true)]
    public void A_list_in_a_folder_in_which_others_may_replace_it_is_refused(UnixFileMode more, bool isTaken)
    {
        File.WriteAllText(Listed, _key.Text);
        Add(_folder, more);
        Assert.That(
            () => new CurveAllowList(Listed, _time),
            isTaken ? Throws.Nothing : Throws.TypeOf<IOException>().With.Message.Contains($"chmod go-w {_folder}")
        );
    }

    [Test]
    public void Behind_a_link_the_modes_and_changes_of_the_target_count()
    {
        var target = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "mounted")).FullName, "keys");
        File.WriteAllText(target, _key.Text);
        File.CreateSymbolicLink(Listed, target);
        var list = new CurveAllowList(Listed, _time);
        File.WriteAllText(target, $"# another\n{_other}");
        Assert.That(list.Allows(_other, out _), Is.True);
        Add(target, UnixFileMode.OtherWrite);
        Assert.That(list.Allows(_other, out var problem), Is.True);
        Assert.That(problem, Does.Contain($"chmod go-w {target}"));
    }

    [Test]
    public void A_list_that_is_gone_lets_nobody_in_after_the_time_that_an_editor_needs()
    {
        var list = Open(_key.Text);
        list.Refresh(out _);
        File.Delete(Listed);
        Assert.That(list.Allows(_key, out var problem), Is.True);
        Assert.That(problem, Does.Contain(Listed).And.Contain("10 s"));
        _time.Advance(CurveAllowList.MissingMax - TimeSpan.FromSeconds(1));
        Assert.That(list.Refresh(out _), Is.False);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(list.Refresh(out problem), Is.True, "standing connections are judged again");
        Assert.That(problem, Does.Contain("Nobody is let in"));
        Assert.That(list.Allows(_key, out _), Is.False);
        Assert.That(list.Refresh(out _), Is.False);

        File.WriteAllText(Listed, _key.Text);
        Assert.That(list.Allows(_key, out problem), Is.True);
        Assert.That(problem, Is.Null);
    }

    [Test]
    public void A_list_that_is_replaced_like_editors_do_loses_nobody()
    {
        var list = Open(_key.Text);
        for (var i = 0; i < 3; i++)
        {
            File.Move(Listed, Listed + "~", overwrite: true);
            Assert.That(list.Allows(_key, out _), Is.True);
            _time.Advance(CurveAllowList.MissingMax - TimeSpan.FromSeconds(1));
            File.WriteAllText(Listed, $"{_key} edited {i}");
            Assert.That(list.Allows(_key, out var problem), Is.True);
            Assert.That(problem, Is.Null);
        }
    }

    private CurveAllowList Open(string text)
    {
        File.WriteAllText(Listed, text);
        return new CurveAllowList(Listed, _time);
    }

    private static void Add(string path, UnixFileMode mode) =>
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | mode);
}
