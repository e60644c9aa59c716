using Microsoft.Extensions.Options;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests.Offline;

public sealed class FolderTests
{
    private string _root = null!;

    private string Folder => Path.Combine(_root, "offline");

    [SetUp]
    public void MakeRoot() => _root = Directory.CreateTempSubdirectory("schedulezero-offline-").FullName;

    [TearDown]
    public void RemoveRoot() => Directory.Delete(_root, recursive: true);

    private RunningAgent Start(Action<HandlerAgentOptions>? configure = null) =>
        new FakeBroker().Start(
            agent => agent.Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p)),
            options =>
            {
                options.OfflineFolder = Folder;
                configure?.Invoke(options);
            }
        );

    private static NUnit.Framework.Constraints.Constraint Refused(string complaint) =>
        Throws.TypeOf<OptionsValidationException>().With.Message.Contains(complaint);

    [Test]
    public async Task It_is_made_for_its_owner_alone_and_keeps_its_name()
    {
        await Start().DisposeAsync();
        var name = await File.ReadAllTextAsync(Path.Combine(Folder, "store.json"));
        await Start().DisposeAsync();

        Assert.That(await File.ReadAllTextAsync(Path.Combine(Folder, "store.json")), Is.EqualTo(name));
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(
                File.GetUnixFileMode(Folder),
                Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
            );
            Assert.That(
                Directory.GetFiles(Folder).Select(File.GetUnixFileMode),
                Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite)
            );
        }
    }

    [TestCase(UnixFileMode.GroupWrite)]
    [TestCase(UnixFileMode.OtherWrite)]
    [Platform(Exclude = "Win")]
    public void One_that_others_may_write_to_is_refused(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Directory.CreateDirectory(Folder);
        File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | mode);
        Assert.That(() => Start(), Refused($"chmod 700 {Folder}"));
    }

    [Test]
    public async Task One_agent_at_a_time_uses_it()
    {
        await using (Start())
        {
            Assert.That(() => Start(), Refused("in use by another agent"));
        }

        Assert.That(async () => await Start().DisposeAsync(), Throws.Nothing, "It is free again.");
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("""{"id":"short"}""")]
    public void One_that_has_lost_its_name_is_refused(string text)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "store.json"), text);
        Assert.That(() => Start(), Refused("does not name this folder"));
    }

    [Test]
    public void A_file_in_its_place_is_refused()
    {
        File.WriteAllText(Folder, "");
        Assert.That(() => Start(), Refused("OfflineFolder: "));
    }

    [Test]
    public async Task What_a_write_that_was_cut_short_left_behind_is_cleared_away()
    {
        await Start().DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, "copy-x.json.0.tmp"), "half");
        await Start().DisposeAsync();
        Assert.That(Directory.GetFiles(Folder, "*.tmp"), Is.Empty);
    }

    [TestCase(" ", 1024 * 1024, "OfflineFolder: ")]
    [TestCase("x", 1024 * 1024 - 1, "OfflineBytesMax: ")]
    [TestCase("x", 16L * 1024 * 1024 * 1024 + 1, "OfflineBytesMax: ")]
    public void Options_out_of_bounds_are_refused(string folder, long bytesMax, string complaint) =>
        Assert.That(
            () => Start(options => (options.OfflineFolder, options.OfflineBytesMax) = (folder, bytesMax)),
            Refused(complaint)
        );
}
