using System.Text;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using ScheduleZero.Authorities;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Certificates;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.MailServers;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>Mail, by a mail server of the test's own.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable]
internal sealed class MailTests : IDisposable
{
    private const string Password = "correct horse battery";

    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-mail-").FullName;

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_notice_arrives_as_text_and_as_html()
    {
        await using var server = MailServer.Start();
        Assert.That(await SendAsync(server, MailSettings.NoTls), Is.EqualTo(SendResult.Sent));
        var taken = await server.TakeAsync();
        Assert.That((taken.Sender, taken.IsEncrypted), Is.EqualTo(("jobs@example.org", false)));
        Assert.That(taken.Recipients, Is.EqualTo(new[] { "ops@example.org", "night@example.org" }));
        var mail = Read(taken);
        Assert.That(mail.Subject, Is.EqualTo("3 jobs of report.render failed"));
        Assert.That(
            $"{mail.From}",
            Is.EqualTo("\"ScheduleZero\" <jobs@example.org>").Or.EqualTo("ScheduleZero <jobs@example.org>")
        );
        Assert.That(mail.Headers[HeaderId.AutoSubmitted], Is.EqualTo("auto-generated"));
        Assert.That(mail.Date, Is.EqualTo(SampleNotices.Since.AddMinutes(1)));
        Assert.That(
            mail.TextBody!.ReplaceLineEndings("\n"),
            Is.EqualTo(
                $"""
                3 jobs of report.render failed.

                Namespace: default
                Rule: nightly
                Since: 2026-11-30 22:15:00 UTC

                https://jobs.example.org/ui/ns/default/methods/report.render

                Job {SampleNotices.Job}
                report.render on office-7, 2026-11-30 22:15:00 UTC
                Disk quota exceeded
                https://jobs.example.org/ui/ns/default/jobs/{SampleNotices.Job}

                """.ReplaceLineEndings("\n")
            )
        );
        Assert.That(
            mail.HtmlBody,
            Does.Contain("<b>3 jobs of report.render failed.</b>")
                .And.Contain($"<a href=\"https://jobs.example.org/ui/ns/default/jobs/{SampleNotices.Job}\">")
                .And.Contain("<code>Disk quota exceeded</code>")
        );
    }

    [TestCase(MailSettings.StartTls)]
    [TestCase(MailSettings.Tls)]
    public async Task With_tls_the_user_signs_in_and_the_mail_is_encrypted(string security)
    {
        await using var server = MailServer.Start(Encrypting(security) with { Login = ("ana", Password) });
        Assert.That(await SendAsync(server, security, "ana"), Is.EqualTo(SendResult.Sent));
        Assert.That((await server.TakeAsync()).IsEncrypted);
    }

    [Test]
    public async Task Where_starttls_is_not_offered_nothing_is_sent()
    {
        await using var server = MailServer.Start(new MailServerOptions { Login = ("ana", Password) });
        Assert.That(
            await SendAsync(server, MailSettings.StartTls, "ana"),
            Is.EqualTo(SendResult.Failed("127.0.0.1 offers no STARTTLS, so nothing was sent."))
        );
        Assert.That(server.Commands.Select(VerbOf).Except(["EHLO", "QUIT"]), Is.Empty);
    }

    [TestCase(MailSettings.StartTls)]
    [TestCase(MailSettings.Tls)]
    public async Task A_server_with_a_wrong_certificate_gets_nothing(string security)
    {
        await using var server = MailServer.Start(Encrypting(security, "mail.example.com"));
        var result = await SendAsync(server, security);
        Assert.That((result.IsSent, result.IsFinal), Is.EqualTo((false, false)));
        Assert.That(result.Problem, Does.Contain("is for mail.example.com, and not for 127.0.0.1"));
        Assert.That(server.Commands.Select(VerbOf).Except(["EHLO", "STARTTLS"]), Is.Empty);
    }

    [Test]
    public async Task A_server_whose_authority_is_not_trusted_gets_nothing()
    {
        await using var server = MailServer.Start(Encrypting(MailSettings.StartTls));
        using var senders = Senders(server, MailSettings.StartTls, null, new SendingOptions());
        var result = await senders.SendAsync(Target(), SampleNotices.Failed(), default);
        Assert.That(result.Problem, Does.Contain("the authorities of this machine"));
        Assert.That(server.Waiting, Is.Zero);
    }

    [Test]
    public async Task An_address_that_the_certificate_of_a_mail_server_names_is_not_asked()
    {
        await using var inside = WebSink.Answering(404);
        var files = StrangerCertificate.Naming($"http://127.0.0.1:{inside.Port}/ca.crt", _folder);
        await using var server = MailServer.Start(
            new MailServerOptions { Certificate = MailServerOptions.CertificateOf(files.Certificate, files.Key) }
        );
        using var senders = Senders(server, MailSettings.StartTls, null, new SendingOptions());
        var result = await senders.SendAsync(Target(), SampleNotices.Failed(), default);
        Assert.That(result.Problem, Does.Contain("is incomplete"));
        Assert.That(inside.Connections, Is.Zero);
    }

    [Test]
    public async Task A_wrong_port_for_the_security_is_told()
    {
        await using var server = MailServer.Start();
        var result = await SendAsync(server, MailSettings.Tls);
        Assert.That(result.Problem, Does.Contain("could not agree on TLS").And.Contain("--smtp-security"));
    }

    [Test]
    public async Task A_wrong_password_is_told_and_not_shown()
    {
        await using var server = MailServer.Start(Encrypting(MailSettings.StartTls) with { Login = ("ana", "other") });
        Assert.That(
            await SendAsync(server, MailSettings.StartTls, "ana"),
            Is.EqualTo(SendResult.Failed("127.0.0.1 refuses the user or the password."))
        );
    }

    [Test]
    public async Task A_server_where_nobody_can_sign_in_is_told()
    {
        await using var server = MailServer.Start(Encrypting(MailSettings.StartTls));
        Assert.That(
            (await SendAsync(server, MailSettings.StartTls, "ana")).Problem,
            Is.EqualTo("127.0.0.1 offers no way to sign in that the Broker knows.")
        );
    }

    [Test]
    public async Task A_recipient_who_is_refused_is_named_and_the_others_get_the_mail()
    {
        await using var server = MailServer.Start(
            new MailServerOptions
            {
                ReplyToRecipient = to =>
                    to.StartsWith("ops", StringComparison.Ordinal) ? "550 5.1.1 <b>No</b>" : "250 OK",
            }
        );
        Assert.That(
            await SendAsync(server, MailSettings.NoTls),
            Is.EqualTo(new SendResult(true, "127.0.0.1 refuses ops@example.org (550).", null, true))
        );
        Assert.That((await server.TakeAsync()).Recipients, Is.EqualTo(new[] { "night@example.org" }));
    }

    [TestCase("550 No", "550 No", true)]
    [TestCase("550 No", "450 Later", false)]
    public async Task Where_all_recipients_are_refused_for_good_the_notice_is(string ops, string night, bool isFinal)
    {
        await using var server = MailServer.Start(
            new MailServerOptions
            {
                ReplyToRecipient = to => to.StartsWith("ops", StringComparison.Ordinal) ? ops : night,
            }
        );
        var result = await SendAsync(server, MailSettings.NoTls);
        Assert.That((result.IsSent, result.IsFinal), Is.EqualTo((false, isFinal)));
        Assert.That(result.Problem, Does.Contain("ops@example.org (550), night@example.org ("));
    }

    [TestCase("554 Spam", true)]
    [TestCase("451 Later", false)]
    public async Task Mail_that_is_refused_for_good_is_not_sent_again(string reply, bool isFinal)
    {
        await using var server = MailServer.Start(new MailServerOptions { ReplyToMail = reply });
        var result = await SendAsync(server, MailSettings.NoTls);
        Assert.That((result.IsSent, result.IsFinal), Is.EqualTo((false, isFinal)));
        Assert.That(result.Problem, Does.Contain(reply[..3]));
    }

    [Test]
    public async Task Hostile_text_makes_no_headers_and_no_elements()
    {
        const string hostile = "x\r\nBcc: evil@example.org\r\n\r\n.\r\n<img src=x onerror=alert(1)>\u202e\u0000";
        await using var server = MailServer.Start();
        var notice = SampleNotices.Failed(hostile) with { Subject = hostile, Rule = hostile, Detail = hostile };
        Assert.That(await SendAsync(server, MailSettings.NoTls, notice: notice), Is.EqualTo(SendResult.Sent));
        var taken = await server.TakeAsync();
        var mail = Read(taken);
        Assert.That(taken.Recipients, Has.Count.EqualTo(2));
        Assert.That(mail.Bcc, Is.Empty);
        Assert.That(
            mail.Headers.Select(header => header.Field),
            Is.EquivalentTo(
                new[]
                {
                    "From",
                    "Date",
                    "Subject",
                    "Message-Id",
                    "To",
                    "Auto-Submitted",
                    "In-Reply-To",
                    "References",
                    "MIME-Version",
                }
            )
        );
        Assert.That(mail.Subject, Does.StartWith("3 jobs of x").And.Not.Contain("\n").And.Not.Contain("\u202e"));
        Assert.That(mail.Subject, Has.Length.AtMost(201));
        Assert.That(mail.HtmlBody, Does.Not.Contain("<img").And.Contain("&lt;img"));
        Assert.That(mail.TextBody!.Split('\n'), Has.None.StartsWith("Bcc:"));
    }

    [Test]
    public async Task Mail_about_one_alert_is_one_thread()
    {
        await using var server = MailServer.Start();
        var firing = SampleNotices.Failed();
        var resolved = firing with { Id = Guid.NewGuid(), Phase = AlertPhase.Resolved, At = firing.At.AddHours(1) };
        var later = firing with { Id = Guid.NewGuid(), Since = firing.Since.AddDays(1) };
        var test = firing with { Id = Guid.NewGuid(), Phase = AlertPhase.Test };
        var mails = new List<MimeMessage>();
        foreach (var notice in new[] { firing, firing, resolved, later, test })
        {
            await SendAsync(server, MailSettings.NoTls, notice: notice);
            mails.Add(Read(await server.TakeAsync()));
        }

        Assert.That(mails[0].MessageId, Is.EqualTo($"{firing.Id:N}@example.org"));
        Assert.That(mails[1].MessageId, Is.EqualTo(mails[0].MessageId), "the same notice twice");
        Assert.That(mails.Skip(1).Select(mail => mail.MessageId).Distinct().Count(), Is.EqualTo(4));
        Assert.That(mails[2].References, Is.EqualTo(mails[0].References).And.Not.Empty);
        Assert.That(mails[3].References, Is.Not.EqualTo(mails[0].References));
        Assert.That(mails[4].References, Is.Empty);
    }

    [Test]
    public async Task A_mail_server_that_says_nothing_is_given_up_after_the_limit()
    {
        var time = new FakeTimeProvider();
        var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port;
        using var senders = new AlertSenders(
            SettingsOf($"127.0.0.1:{port}", MailSettings.NoTls, null),
            new SendingOptions { Time = time }
        );
        var sending = senders.SendAsync(Target(), SampleNotices.Failed(), default);
        using var connection = await silent.AcceptTcpClientAsync();
        time.Advance(SendingOptions.TimeoutDefault);
        Assert.That(await sending, Is.EqualTo(SendResult.Failed("127.0.0.1 did not take the mail within 15 s.")));
        silent.Dispose();
    }

    [Test]
    public async Task Without_a_mail_server_or_with_wrong_addresses_nothing_is_sent()
    {
        using var none = SampleNotices.Senders();
        Assert.That(
            (await none.SendAsync(Target(), SampleNotices.Failed(), default)).Problem,
            Does.Contain("--smtp-server")
        );
        await using var server = MailServer.Start();
        using var senders = Senders(server, MailSettings.NoTls, null, new SendingOptions());
        foreach (var to in new[] { "a@b\r\nRCPT TO:<c@d>", "<a@b>", "a", "a@b,c@d", "" })
        {
            var result = await senders.SendAsync(new AlertTarget.Mail([to]), SampleNotices.Failed(), default);
            Assert.That((result.IsSent, result.IsFinal), Is.EqualTo((false, true)), to);
        }

        Assert.That(server.Commands, Is.Empty);
    }

    private static string VerbOf(string command) => command.Split(' ')[0];

    private static AlertTarget.Mail Target() => new(["ops@example.org", "night@example.org"]);

    private static MimeMessage Read(TakenMail taken) =>
        MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(taken.Text)));

    private async Task<SendResult> SendAsync(
        MailServer server,
        string security,
        string? user = null,
        AlertNotice? notice = null
    )
    {
        var options = new SendingOptions { Authorities = AuthorityFile.Read(_authority.WriteRoot(_folder)) };
        using var senders = Senders(server, security, user, options);
        return await senders.SendAsync(Target(), notice ?? SampleNotices.Failed(), default);
    }

    private AlertSenders Senders(MailServer server, string security, string? user, SendingOptions options) =>
        new(SettingsOf($"127.0.0.1:{server.Port}", security, user), options);

    private BrokerSettings SettingsOf(string server, string security, string? user)
    {
        var file = Path.Combine(_folder, "password");
        TestAuthority.WriteSecret(file, $"{Password}\n");
        var settings = new BrokerSettings
        {
            PublicUrl = "https://jobs.example.org",
            Alerts = new AlertSettings
            {
                Mail = new MailSettings
                {
                    Server = server,
                    Security = security,
                    User = user,
                    PasswordFile = user is null ? null : file,
                    From = "jobs@example.org",
                },
            },
        };
        settings.Validate();
        return settings;
    }

    private MailServerOptions Encrypting(string security, string host = "127.0.0.1")
    {
        var files = _authority.Issue(_folder, "mail", [host]);
        return new MailServerOptions
        {
            Certificate = MailServerOptions.CertificateOf(files.Certificate, files.Key),
            EncryptsAtOnce = security == MailSettings.Tls,
        };
    }
}
