using System.Net;
using ScheduleZero.Authorities;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Alerting.Sending.Web;
using ScheduleZero.Certificates;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>To which addresses notices go, and to which they do not.</summary>
[Parallelizable]
internal sealed class WhereNoticesGoTests
{
    [TestCase("0.0.0.0")]
    [TestCase("0.1.2.3")]
    [TestCase("10.0.0.1")]
    [TestCase("100.64.0.1")]
    [TestCase("100.127.255.255")]
    [TestCase("127.0.0.1")]
    [TestCase("127.255.255.254")]
    [TestCase("169.254.169.254")]
    [TestCase("172.16.0.1")]
    [TestCase("172.31.255.255")]
    [TestCase("192.0.0.8")]
    [TestCase("192.0.2.1")]
    [TestCase("192.88.99.1")]
    [TestCase("192.168.1.1")]
    [TestCase("198.18.0.1")]
    [TestCase("198.19.255.255")]
    [TestCase("198.51.100.1")]
    [TestCase("203.0.113.1")]
    [TestCase("224.0.0.1")]
    [TestCase("240.0.0.1")]
    [TestCase("255.255.255.255")]
    [TestCase("::")]
    [TestCase("::1")]
    [TestCase("::127.0.0.1")]
    [TestCase("::ffff:127.0.0.1")]
    [TestCase("::ffff:169.254.169.254")]
    [TestCase("64:ff9b::10.0.0.1")]
    [TestCase("64:ff9b::169.254.169.254")]
    [TestCase("64:ff9b:1::8.8.8.8")]
    [TestCase("100::1")]
    [TestCase("2001::1")]
    [TestCase("2001:2::1")]
    [TestCase("2001:db8::1")]
    [TestCase("2002:7f00:1::")]
    [TestCase("2002:a9fe:a9fe::1")]
    [TestCase("2002:c0a8:101::1")]
    [TestCase("3fff::1")]
    [TestCase("5f00::1")]
    [TestCase("fc00::1")]
    [TestCase("fd00:ec2::254")]
    [TestCase("fe80::1")]
    [TestCase("fe80::1%1")]
    [TestCase("fec0::1")]
    [TestCase("ff02::1")]
    public void An_address_that_is_not_public_is_known(string address) =>
        Assert.That(PublicAddresses.Holds(IPAddress.Parse(address)), Is.False);

    [TestCase("1.1.1.1")]
    [TestCase("9.255.255.255")]
    [TestCase("11.0.0.0")]
    [TestCase("100.63.255.255")]
    [TestCase("172.15.255.255")]
    [TestCase("172.32.0.0")]
    [TestCase("192.0.1.1")]
    [TestCase("223.255.255.255")]
    [TestCase("::ffff:1.1.1.1")]
    [TestCase("64:ff9b::1.1.1.1")]
    [TestCase("2002:101:101::1")]
    [TestCase("2606:4700:4700::1111")]
    [TestCase("2a00:1450::1")]
    public void An_address_that_is_public_is_known(string address) =>
        Assert.That(PublicAddresses.Holds(IPAddress.Parse(address)));

    [TestCase("http", "127.0.0.1")]
    [TestCase("https", "127.0.0.1")]
    [TestCase("https", "127.1")]
    [TestCase("https", "2130706433")]
    [TestCase("https", "0x7f.0.0.1")]
    [TestCase("https", "017700000001")]
    [TestCase("https", "localhost")]
    [TestCase("https", "[::1]")]
    [TestCase("https", "[::ffff:127.0.0.1]")]
    [TestCase("https", "[::ffff:7f00:1]")]
    [TestCase("https", "0.0.0.0")]
    public async Task Loopback_is_refused_in_each_of_its_forms(string scheme, string host)
    {
        await using var sink = WebSink.Answering(200);
        using var senders = SampleNotices.Senders(settings: SampleNotices.SettingsWith([]));
        var result = await SendAsync(senders, $"{scheme}://{host}:{sink.Port}/secret-path");
        Assert.That((result.IsSent, sink.Connections), Is.EqualTo((false, 0)));
        Assert.That(
            result.Problem,
            Does.Contain("has no public address").And.Contain("--alert-allow").And.Not.Contain("secret-path")
        );
    }

    [Test]
    public async Task A_private_address_behind_a_public_name_is_refused_and_not_told()
    {
        using var senders = Resolving("10.1.2.3");
        Assert.That(
            await SendAsync(senders, "https://hooks.example.org/"),
            Is.EqualTo(
                SendResult.Failed(
                    "hooks.example.org has no public address. Other addresses must be in the ranges of --alert-allow."
                )
            )
        );
    }

    [Test]
    public async Task Of_several_addresses_only_the_allowed_are_dialled()
    {
        await using var sink = WebSink.Answering(200);
        await using var neighbour = sink.Neighbour();
        using var senders = Resolving("127.0.0.2", "127.0.0.1");
        Assert.That((await SendAsync(senders, $"http://hooks.example.org:{sink.Port}/")).IsSent);
        Assert.That((sink.Connections, neighbour.Connections), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task A_name_that_leads_elsewhere_the_next_time_is_judged_anew()
    {
        await using var sink = WebSink.Answering(200);
        await using var neighbour = sink.Neighbour();
        var addresses = new Queue<string>(["127.0.0.1", "127.0.0.2"]);
        using var senders = SampleNotices.Senders(
            new SendingOptions { Resolve = (_, _) => Task.FromResult(new[] { IPAddress.Parse(addresses.Dequeue()) }) }
        );
        var url = $"http://hooks.example.org:{sink.Port}/";
        Assert.That((await SendAsync(senders, url)).IsSent);
        Assert.That((await SendAsync(senders, url)).IsSent, Is.False);
        Assert.That((sink.Connections, neighbour.Connections, addresses.Count), Is.EqualTo((1, 0, 0)));
    }

    [Test]
    public async Task Without_tls_notices_go_to_allowed_addresses_only()
    {
        using var senders = Resolving("1.1.1.1");
        var result = await SendAsync(senders, "http://hooks.example.org/");
        Assert.That(result.Problem, Does.StartWith("hooks.example.org takes https only"));
    }

    [Test]
    public async Task A_proxy_of_the_environment_is_not_used()
    {
        await using var proxy = WebSink.Answering(200);
        await using var sink = WebSink.Answering(204);
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy($"http://127.0.0.1:{proxy.Port}");
        try
        {
            using var senders = SampleNotices.Senders();
            Assert.That((await SendAsync(senders, $"{sink.Url}")).IsSent);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.That((proxy.Connections, sink.Connections), Is.EqualTo((0, 1)));
    }

    [TestCase("hooks.example.org", true)]
    [TestCase("other.example.org", false)]
    public async Task The_certificate_of_a_server_must_be_for_its_name(string certified, bool isSent)
    {
        var folder = Directory.CreateTempSubdirectory("schedulezero-notices-").FullName;
        using var authority = new TestAuthority();
        await using var server = await TlsServer.StartAsync(authority.Issue(folder, "server", [certified]));
        using var senders = SampleNotices.Senders(
            new SendingOptions
            {
                Authorities = AuthorityFile.Read(authority.WriteRoot(folder)),
                Resolve = (_, _) => Task.FromResult(new[] { IPAddress.Loopback }),
            }
        );
        var result = await SendAsync(senders, $"https://hooks.example.org:{server.Port}/");
        Directory.Delete(folder, recursive: true);
        Assert.That(result.IsSent, Is.EqualTo(isSent), result.Problem);
        Assert.That(result.Problem, isSent ? Is.Null : Does.Contain("is for other.example.org, and not for"));
    }

    [Test]
    public async Task A_certificate_of_an_authority_that_is_not_trusted_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("schedulezero-notices-").FullName;
        using var authority = new TestAuthority();
        await using var server = await TlsServer.StartAsync(authority.Issue(folder, "server", ["127.0.0.1"]));
        using var senders = SampleNotices.Senders();
        var result = await SendAsync(senders, $"https://127.0.0.1:{server.Port}/");
        Directory.Delete(folder, recursive: true);
        Assert.That(result.IsSent, Is.False);
        Assert.That(result.Problem, Does.Contain("the authorities of this machine").And.Not.Contain("--ca"));
    }

    [Test]
    public async Task An_address_that_a_strangers_certificate_names_is_not_asked()
    {
        var folder = Directory.CreateTempSubdirectory("schedulezero-notices-").FullName;
        await using var inside = WebSink.Answering(404);
        await using var server = await TlsServer.StartAsync(
            StrangerCertificate.Naming($"http://127.0.0.1:{inside.Port}/ca.crt", folder)
        );
        using var senders = SampleNotices.Senders();
        var result = await SendAsync(senders, $"https://127.0.0.1:{server.Port}/");
        Directory.Delete(folder, recursive: true);
        Assert.That(result.Problem, Does.Contain("is incomplete"));
        Assert.That(inside.Connections, Is.Zero);
    }

    [TestCase("https://hooks.example.org/a?b=c")]
    [TestCase("http://10.0.0.1:8080/")]
    [TestCase("https://[2001:db8::1]/")]
    [TestCase("https://bücher.example/")]
    public void A_url_of_a_right_form_has_no_problem(string url) => Assert.That(AlertUrls.ProblemOf(url), Is.Null);

    [TestCase("")]
    [TestCase("hooks.example.org")]
    [TestCase("/etc/passwd")]
    [TestCase("file:///etc/passwd")]
    [TestCase("gopher://127.0.0.1/")]
    [TestCase("ftp://hooks.example.org/")]
    [TestCase("https://")]
    [TestCase("https:///path")]
    [TestCase("https://hooks.example.org:0/")]
    [TestCase("https://hooks.example.org:99999/")]
    [TestCase("https://user@hooks.example.org/")]
    [TestCase("https://user:password@hooks.example.org/")]
    [TestCase("https://@hooks.example.org/")]
    [TestCase(@"https://hooks.example.org\@10.0.0.1/")]
    [TestCase("https://hooks.example.org/ a")]
    [TestCase(" https://hooks.example.org/")]
    [TestCase("https://hooks.example.org/\r\nHost: x")]
    [TestCase("https://hooks.example.org/\u2028")]
    public void A_url_of_a_wrong_form_has_a_problem_that_does_not_repeat_it(string url)
    {
        var problem = AlertUrls.ProblemOf(url);
        Assert.That(problem, Is.Not.Null);
        Assert.That(problem, Does.Not.Contain("password").And.Not.Contain("passwd"));
    }

    [Test]
    public void A_url_without_end_has_a_problem() =>
        Assert.That(AlertUrls.ProblemOf($"https://a.example/{new string('a', 2000)}"), Does.Contain("longer"));

    private static AlertSenders Resolving(params string[] addresses) =>
        SampleNotices.Senders(
            new SendingOptions { Resolve = (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()) }
        );

    private static Task<SendResult> SendAsync(AlertSenders senders, string url) =>
        senders.SendAsync(new AlertTarget.Webhook(new Uri(url), [1, 2, 3]), SampleNotices.Failed(), default);
}
