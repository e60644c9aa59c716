namespace ScheduleZero.Cli.Tests;

internal sealed class ConfigurationTests : CliFixture
{
    private const string OtherKey = "szk_ba9876543210_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    private string ProfilesPath => Path.Combine(Folder, "schedulezero", "profiles.json");

    [Test]
    public async Task Flags_win_over_environment_over_profile()
    {
        Server.Answer("""{"items":[]}""");
        var keyFile = await WriteKeyAsync("key", OtherKey);
        await RunAsync(
            "profiles",
            "set",
            "here",
            "--server",
            Server.Address.ToString(),
            "--namespace",
            "from-profile",
            "--api-key-file",
            keyFile
        );
        Variables.Remove("SCHEDULEZERO_SERVER");

        Assert.That((await RunAsync("jobs", "list")).ExitCode, Is.Zero);
        Assert.That(Server.Requests[^1].Target, Is.EqualTo("/api/namespaces/from-profile/jobs"));
        Assert.That(Server.Requests[^1].Headers.Authorization.ToString(), Does.EndWith(Key), "the environment's key");

        Variables["SCHEDULEZERO_NAMESPACE"] = "from-environment";
        await RunAsync("jobs", "list");
        Assert.That(Server.Requests[^1].Target, Is.EqualTo("/api/namespaces/from-environment/jobs"));

        await RunAsync("jobs", "list", "--namespace", "from-flag", "--api-key-file", keyFile);
        Assert.That(Server.Requests[^1].Target, Is.EqualTo("/api/namespaces/from-flag/jobs"));
        Assert.That(Server.Requests[^1].Headers.Authorization.ToString(), Does.EndWith(OtherKey));
    }

    [Test]
    public async Task A_profiles_key_is_used_when_nothing_else_gives_one()
    {
        Server.Answer("""{"items":[]}""");
        await RunAsync(
            "profiles",
            "set",
            "here",
            "--api-key-file",
            await WriteKeyAsync("key", OtherKey),
            "--store-key"
        );
        Variables.Remove("SCHEDULEZERO_API_KEY");
        Assert.That((await RunAsync("jobs", "list")).ExitCode, Is.Zero);
        Assert.That(Server.Requests[^1].Headers.Authorization.ToString(), Does.EndWith(OtherKey));
    }

    [Test]
    public async Task Profiles_are_listed_used_and_removed_without_showing_keys()
    {
        var keyFile = await WriteKeyAsync("key", OtherKey);
        await RunAsync("profiles", "set", "a", "--server", "http://a", "--api-key-file", keyFile, "--store-key");
        await RunAsync("profiles", "set", "b", "--server", "http://b");
        Assert.That((await RunAsync("profiles", "use", "b")).ExitCode, Is.Zero);
        foreach (var format in new[] { "table", "json" })
        {
            var list = await RunAsync("profiles", "list", "-o", format);
            Assert.That(list.Out, Does.Contain("http://a").And.Contain("ba9876543210").And.Not.Contain("BBBB"));
        }

        Assert.That((await RunAsync("profiles", "list")).Out, Does.Match(@"(?m)^\*\s+b\s"));
        Assert.That((await RunAsync("profiles", "remove", "b")).ExitCode, Is.Zero);
        Assert.That((await RunAsync("profiles", "use", "b")).ExitCode, Is.EqualTo(ExitCodes.Usage));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task The_profiles_file_is_for_its_owner_only()
    {
        await RunAsync("profiles", "set", "a", "--server", "http://a");
        await RunAsync("profiles", "set", "b", "--server", "http://b");
        Assert.That(UnixMode(ProfilesPath), Is.EqualTo("rw-------"));
        Assert.That(
            Directory.GetFiles(Path.GetDirectoryName(ProfilesPath)!),
            Has.Length.EqualTo(1),
            "no drafts left behind"
        );
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task A_key_file_that_others_can_read_is_warned_of()
    {
        Server.Answer("""{"items":[]}""");
        var keyFile = await WriteKeyAsync("key", OtherKey);
        Assert.That((await RunAsync("jobs", "list", "--api-key-file", keyFile)).Error, Is.Empty);
        Open(keyFile);
        var outcome = await RunAsync("jobs", "list", "--api-key-file", keyFile);
        Assert.That(outcome.ExitCode, Is.Zero);
        Assert.That(outcome.Error, Does.Contain($"chmod 600 {keyFile}"));
    }

    [Test]
    public async Task A_broken_key_or_profile_file_is_named_without_its_content()
    {
        var keyFile = await WriteKeyAsync("key", OtherKey[..40]);
        var outcome = await RunAsync("jobs", "list", "--api-key-file", keyFile);
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain(keyFile).And.Not.Contain("BBBB"));

        Directory.CreateDirectory(Path.GetDirectoryName(ProfilesPath)!);
        await File.WriteAllTextAsync(ProfilesPath, "{");
        outcome = await RunAsync("jobs", "list");
        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain(ProfilesPath));
    }

    private async Task<string> WriteKeyAsync(string name, string key)
    {
        var path = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(path, key + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }

    private static void Open(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }
    }

    private static string UnixMode(string path) =>
        OperatingSystem.IsWindows() ? ""
        : File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite) ? "rw-------"
        : File.GetUnixFileMode(path).ToString();
}
