using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;

namespace ScheduleZero.Storage.Tests;

/// <summary>The store refuses a data folder that others on the machine may write to.</summary>
[Platform(Include = "Linux,MacOsX")]
[UnsupportedOSPlatform("windows")]
internal sealed class FolderModeTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    private async Task OpenAsync()
    {
        await using var store = await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = _folder.Path, BallastBytes = 0 },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
    }

    private string Write(string name, UnixFileMode mode)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, Owner);
        File.WriteAllText(path, "x");
        File.SetUnixFileMode(path, mode);
        return path;
    }

    [TestCase(UnixFileMode.OtherWrite)]
    [TestCase(UnixFileMode.GroupWrite)]
    [TestCase(UnixFileMode.OtherWrite | UnixFileMode.StickyBit)]
    public void A_folder_that_others_may_write_to_is_refused_with_what_mends_it(UnixFileMode others)
    {
        File.SetUnixFileMode(_folder.Path, Owner | others);
        Assert.That(
            OpenAsync,
            Throws.TypeOf<StoreFailedException>().With.Message.Contains($"chmod -R go-rwx {_folder.Path}")
        );
    }

    [TestCase("audit-signing-key")]
    [TestCase("protection/key-1.xml")]
    public void A_file_in_it_that_others_may_write_to_is_refused(string name)
    {
        var path = Write(name, OwnersFile | UnixFileMode.OtherWrite);
        Assert.That(OpenAsync, Throws.TypeOf<StoreFailedException>().With.Message.Contains(path));
    }

    [Test]
    public async Task What_others_may_only_read_is_closed_to_them()
    {
        File.SetUnixFileMode(_folder.Path, Owner | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var path = Write("protection/key-1.xml", OwnersFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        await OpenAsync();
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(OwnersFile));
        foreach (var file in Directory.GetFiles(_folder.Path))
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(OwnersFile), file);
        }
    }
}
