using ScheduleZero.Authorities;

namespace ScheduleZero.Cli.Tests;

/// <summary>Commands that go to a server over TLS: which they trust, and what they show.</summary>
internal sealed class TlsTests : CliFixture
{
    private TestAuthority _authority = null!;

    private static IEnumerable<string> WrongKinds => WrongCertificate.Kinds.Keys;

    private string Root => Path.Combine(Folder, "root.pem");

    [SetUp]
    public void MakeAuthority()
    {
        _authority = new TestAuthority();
        _authority.WriteRoot(Folder);
    }

    [TearDown]
    public void ForgetAuthority() => _authority.Dispose();

    [TestCaseSource(nameof(WrongKinds))]
    public async Task A_wrong_certificate_is_refused_with_what_is_wrong_and_nothing_is_said(string kind)
    {
        await using var server = await ServeAsync(WrongCertificate.Issue(_authority, Folder, kind));

        var outcome = await RunAsync("jobs", "list", "--ca", Root);

        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Unreachable));
        Assert.That(outcome.Error, Does.StartWith($"error: {Variables["SCHEDULEZERO_SERVER"]} is not trusted"));
        Assert.That(
            WrongCertificate.Kinds[kind].Where(word => !outcome.Error.Contains(word, StringComparison.Ordinal)),
            Is.Empty,
            outcome.Error
        );
        Assert.That(outcome.Error, Does.Not.Contain("\u001b").And.Not.Contain("System.").And.Not.Contain(Key));
        Assert.That(server.Requests, Is.Empty);
    }

    [TestCase("flag")]
    [TestCase("variable")]
    [TestCase("profile")]
    public async Task A_file_of_authorities_opens_the_way_whoever_names_it(string source)
    {
        await using var server = await ServeAsync(_authority.Issue(Folder, "server", ["localhost"]));
        server.Answer(PageOf(JobJson()));
        string[] flags = [];
        switch (source)
        {
            case "flag":
                flags = ["--ca", Root];
                break;
            case "variable":
                Variables["SCHEDULEZERO_CA"] = Root;
                break;
            default:
                await RunAsync("profiles", "set", "prod", "--ca", Root);
                break;
        }

        var outcome = await RunAsync(["jobs", "list", .. flags]);

        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task The_authorities_of_a_file_count_in_place_of_the_machines_own()
    {
        using var other = new TestAuthority("other");
        await using var server = await ServeAsync(_authority.Issue(Folder, "server", ["localhost"]));
        other.WriteRoot(Directory.CreateDirectory(Path.Combine(Folder, "other")).FullName);

        var outcome = await RunAsync("jobs", "list", "--ca", Path.Combine(Folder, "other", "root.pem"));

        Assert.That(outcome.Error, Does.Contain("'CN=test root' is neither sent nor among the authorities in"));
    }

    [TestCase("PEM")]
    [TestCase("PEM in one file")]
    [TestCase("PKCS#12")]
    public async Task A_command_shows_its_certificate_to_a_server_that_asks(string form)
    {
        await using var server = await ServeAsync(_authority.Issue(Folder, "server", ["localhost"]), asks: true);
        server.Answer(PageOf(JobJson()));
        var own = _authority.Issue(Folder, "ana", ["ana"], purpose: TestAuthority.ClientPurpose);

        var outcome = await RunAsync(["jobs", "list", "--ca", Root, .. Flags(own, form)]);

        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(server.ShownCertificate, Is.EqualTo("ana"));
    }

    [TestCase("", "SCHEDULEZERO_CA", "/nowhere.pem", "Could not find file '/nowhere.pem'")]
    [TestCase("--ca /dev/null", null, null, "/dev/null holds no root certificate")]
    [TestCase("--client-cert /nowhere.pem", null, null, "Could not find file '/nowhere.pem'")]
    [TestCase("--client-key /nowhere.key", null, null, "without the certificate (--client-cert")]
    [TestCase("--client-cert a.pfx --client-key a.key", null, null, "holds the key itself")]
    public async Task Files_that_are_of_no_use_are_wrong_usage(
        string flags,
        string? variable,
        string? value,
        string complaint
    )
    {
        if (variable is not null)
        {
            Variables[variable] = value!;
        }

        var outcome = await RunAsync(["jobs", "list", .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.That(outcome.ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(outcome.Error, Does.Contain(complaint));
        Assert.That(Server.Requests, Is.Empty);
    }

    [Test]
    public async Task A_key_that_others_may_read_and_a_certificate_for_servers_are_refused()
    {
        var server = _authority.Issue(Folder, "server", ["localhost"]);
        var forServers = await RunAsync(
            "jobs",
            "list",
            "--client-cert",
            server.Certificate,
            "--client-key",
            server.Key
        );
        Assert.That(forServers.Error, Does.Contain("is not for clients (clientAuth)"));

        TestAuthority.SetMode(server.Key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var open = await RunAsync("jobs", "list", "--client-cert", server.Certificate, "--client-key", server.Key);
        Assert.That(open.Error, Does.Contain("Others may read the secret in"));
    }

    private static string[] Flags(ServerFiles own, string form)
    {
        switch (form)
        {
            case "PEM":
                return ["--client-cert", own.Certificate, "--client-key", own.Key];
            case "PKCS#12":
                var pfx = TestAuthority.WritePkcs12(own, "correct horse");
                return ["--client-cert", pfx.Certificate, "--client-password-file", pfx.Key];
            default:
                TestAuthority.WriteSecret(
                    own.Certificate,
                    File.ReadAllText(own.Certificate) + "\n" + File.ReadAllText(own.Key)
                );
                return ["--client-cert", own.Certificate];
        }
    }

    private async Task<RecordingServer> ServeAsync(ServerFiles certificate, bool asks = false)
    {
        var server = await RecordingServer.StartAsync(certificate, asks);
        Variables["SCHEDULEZERO_SERVER"] = $"https://localhost:{server.Address.Port}";
        return server;
    }
}
