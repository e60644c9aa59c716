using ScheduleZero.Authorities;
using ScheduleZero.Broker.Host;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>The options of mail, of where notices may go, and of links.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable]
internal sealed class AlertSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-mail-").FullName;

    private string PasswordFile => Path.Combine(_folder, "password");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TestCase("mail.example.org", "starttls", "mail.example.org", 587)]
    [TestCase("mail.example.org", "tls", "mail.example.org", 465)]
    [TestCase("mail.example.org", "none", "mail.example.org", 25)]
    [TestCase("mail.example.org:2525", "starttls", "mail.example.org", 2525)]
    [TestCase("192.0.2.1", "starttls", "192.0.2.1", 587)]
    [TestCase("[2001:db8::1]", "starttls", "2001:db8::1", 587)]
    [TestCase("[2001:db8::1]:26", "starttls", "2001:db8::1", 26)]
    public void A_mail_server_has_the_usual_port_unless_it_says_another(
        string server,
        string security,
        string host,
        int port
    )
    {
        var settings = Read("--smtp-server", server, "--smtp-security", security, "--smtp-from", "jobs@example.org");
        Assert.That(() => settings.Validate(), Throws.Nothing);
        Assert.That(settings.Alerts.Mail.Endpoint(), Is.EqualTo((host, port)));
    }

    [TestCase("mail.example.org:0")]
    [TestCase("mail.example.org:99999")]
    [TestCase("mail.example.org:")]
    [TestCase("smtp://mail.example.org")]
    [TestCase("2001:db8::1")]
    [TestCase("[mail.example.org]")]
    [TestCase("mail example org")]
    public void What_is_no_mail_server_is_refused(string server) =>
        Refuses("is no mail server", "--smtp-server", server, "--smtp-from", "jobs@example.org");

    [Test]
    public void What_does_not_fit_together_is_refused_by_a_clear_sentence()
    {
        TestAuthority.WriteSecret(PasswordFile, "secret\n");
        Refuses("need --smtp-server", "--smtp-from", "jobs@example.org");
        Refuses("need --smtp-server", "--smtp-user", "ana", "--smtp-password-file", PasswordFile);
        Refuses("needs --smtp-from", "--smtp-server", "mail.example.org");
        Refuses("not one address of mail", "--smtp-server", "mail.example.org", "--smtp-from", "Ana <a@b>");
        Refuses("none of starttls, tls and none", [.. Server(), "--smtp-security", "starttls-if-possible"]);
        Refuses("needs both --smtp-user and --smtp-password-file", [.. Server(), "--smtp-user", "ana"]);
        Refuses("needs both", [.. Server(), "--smtp-password-file", PasswordFile]);
        Refuses("--alert-allow: 'intranet'", "--alert-allow", "10.0.0.0/8", "intranet");
    }

    [TestCase("mail.example.org", false)]
    [TestCase("10.0.0.1", false)]
    [TestCase("127.0.0.1", true)]
    [TestCase("localhost:2525", true)]
    [TestCase("[::1]:25", true)]
    public void A_password_does_not_cross_a_network_in_the_clear(string server, bool isTaken)
    {
        TestAuthority.WriteSecret(PasswordFile, "secret\n");
        var settings = Read([
            .. Server(server),
            "--smtp-security",
            "none",
            "--smtp-user",
            "ana",
            "--smtp-password-file",
            PasswordFile,
        ]);
        Assert.That(
            () => settings.Validate(),
            isTaken
                ? Throws.Nothing
                : Throws.TypeOf<BrokerSettingsException>().With.Message.Contains("would cross the network")
        );
    }

    [Test]
    public void A_password_that_others_may_read_or_that_is_none_is_refused()
    {
        string[] arguments = [.. Server(), "--smtp-user", "ana", "--smtp-password-file", PasswordFile];
        Refuses(PasswordFile, arguments);
        TestAuthority.WriteSecret(PasswordFile, "\n");
        Refuses("does not hold a password on one line", arguments);
        TestAuthority.WriteSecret(PasswordFile, "one\ntwo\n");
        Refuses("does not hold a password on one line", arguments);
        TestAuthority.WriteSecret(PasswordFile, " a secret \r\n");
        var settings = Read(arguments);
        Assert.That(() => settings.Validate(), Throws.Nothing);
        Assert.That(settings.Alerts.Mail.ReadPassword(), Is.EqualTo(" a secret "));
        if (!OperatingSystem.IsWindows())
        {
            TestAuthority.SetMode(PasswordFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
            Refuses("Others may read the secret", arguments);
        }
    }

    [TestCase("https://jobs.example.org", true)]
    [TestCase("https://jobs.example.org/", true)]
    [TestCase("http://10.0.0.1:8888/base", true)]
    [TestCase("jobs.example.org", false)]
    [TestCase("https://jobs.example.org/ui", false)]
    [TestCase("https://jobs.example.org/base/ui/", false)]
    [TestCase("https://jobs.example.org/?a=b", false)]
    [TestCase("https://jobs.example.org/#a", false)]
    [TestCase("https://ana:secret@jobs.example.org/", false)]
    [TestCase("javascript:alert(1)", false)]
    public void Where_people_reach_the_broker_is_checked(string url, bool isTaken) =>
        Assert.That(
            () => Read("--public-url", url).Validate(),
            isTaken ? Throws.Nothing : Throws.TypeOf<BrokerSettingsException>().With.Message.Contains("--public-url")
        );

    private static string[] Server(string server = "mail.example.org") =>
        ["--smtp-server", server, "--smtp-from", "jobs@example.org"];

    private static void Refuses(string message, params string[] arguments) =>
        Assert.That(
            () => Read(arguments).Validate(),
            Throws.TypeOf<BrokerSettingsException>().With.Message.Contains(message)
        );

    private static BrokerSettings Read(params string[] arguments) => BrokerArguments.Read(arguments, _ => null);
}
