using System.Buffers.Text;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Acme.Challenges;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Renewal;

namespace ScheduleZero.Acme.Tests;

/// <summary>The client against a true CA: every signature, nonce and challenge is checked by Pebble.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
public sealed class PebbleTests
{
    private readonly TestLog _log = new();

    [SetUp]
    public void RequirePebble()
    {
        if (!Pebble.IsInstalled)
        {
            Assert.Ignore("Pebble is not here: tests/install-tools.sh installs it from Debian.");
        }
    }

    [TestCase("one.example", "two.example")]
    [TestCase("127.0.0.1")]
    public async Task A_certificate_comes_by_HTTP_01(params string[] names)
    {
        await using var pebble = await Pebble.StartAsync(refusedNonces: 30);
        var responses = new HttpChallengeResponses();
        await using var listener = ChallengeListener.Http(pebble.HttpPort, responses);
        await RequireTrustedAsync(pebble, await IssueAsync(pebble.Settings(names), responses), names);
    }

    [TestCase("one.example", "two.example")]
    [TestCase("127.0.0.1")]
    public async Task A_certificate_comes_by_TLS_ALPN_01(params string[] names)
    {
        await using var pebble = await Pebble.StartAsync();
        var responses = new AlpnChallengeResponses(TimeProvider.System);
        await using var listener = ChallengeListener.Tls(pebble.TlsPort, responses);
        await RequireTrustedAsync(pebble, await IssueAsync(pebble.Settings(names), responses), names);
    }

    [Test]
    public async Task An_external_account_is_bound_and_the_account_is_found_again()
    {
        await using var pebble = await Pebble.StartAsync(asksForExternalAccount: true);
        var responses = new HttpChallengeResponses();
        await using var listener = ChallengeListener.Http(pebble.HttpPort, responses);
        var key = Base64Url.DecodeFromChars("zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W");
        var settings = pebble.Settings("one.example") with { ExternalAccount = new ExternalAccount("kid-1", key) };
        var first = await IssueAsync(settings, responses);
        File.Delete(Path.Combine(settings.Folder, "certificate.pem"));
        var second = await IssueAsync(settings with { ExternalAccount = null, AgreesToTerms = false }, responses);
        Assert.That(second.Leaf.Thumbprint, Is.Not.EqualTo(first.Leaf.Thumbprint));
        Assert.That(_log.Count(7107), Is.EqualTo(1));
    }

    [TestCase("kid-1")]
    [TestCase("kid-9")]
    public async Task A_wrong_external_account_is_refused_and_said(string keyId)
    {
        await using var pebble = await Pebble.StartAsync(asksForExternalAccount: true);
        var external = new ExternalAccount(keyId, new byte[32]);
        var failure = await FailAsync(pebble.Settings("one.example") with { ExternalAccount = external });
        Assert.That(failure, Does.Contain("The CA refused").And.Contain("unauthorized"));
    }

    [Test]
    public async Task A_missing_external_account_is_asked_for()
    {
        await using var pebble = await Pebble.StartAsync(asksForExternalAccount: true);
        Assert.That(await FailAsync(pebble.Settings("one.example")), Does.Contain("set the key id"));
    }

    [Test]
    public async Task A_name_that_leads_elsewhere_is_said()
    {
        await using var pebble = await Pebble.StartAsync();
        Assert.That(
            await FailAsync(pebble.Settings("one.example")),
            Does.Contain("one.example").And.Contain("port 80")
        );
    }

    private async Task<IssuedCertificate> IssueAsync(AcmeSettings settings, IChallengeResponses responses)
    {
        var issued = new TaskCompletionSource<IssuedCertificate>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        var renewer = new CertificateRenewer(
            settings,
            responses,
            issued.SetResult,
            TimeProvider.System,
            () => 0.5,
            _log
        );
        var run = renewer.RunAsync(stop.Token);
        try
        {
            return await issued.Task.WaitAsync(TimeSpan.FromSeconds(50));
        }
        catch (TimeoutException)
        {
            throw new AssertionException(renewer.Status.LastFailure ?? "no failure");
        }
        finally
        {
            await stop.CancelAsync();
            Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
        }
    }

    private async Task<string> FailAsync(AcmeSettings settings)
    {
        var time = new TestTime();
        using var stop = new CancellationTokenSource();
        var renewer = new CertificateRenewer(settings, new HttpChallengeResponses(), _ => { }, time, () => 0.5, _log);
        var run = renewer.RunAsync(stop.Token);
        await time.NextSleepAsync();
        await stop.CancelAsync();
        Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
        return renewer.Status.LastFailure!;
    }

    private static async Task RequireTrustedAsync(Pebble pebble, IssuedCertificate issued, string[] names)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(await pebble.FetchRootAsync());
        chain.ChainPolicy.ExtraStore.AddRange(issued.Intermediates);
        Assert.That(chain.Build(issued.Leaf), string.Join(", ", chain.ChainStatus.Select(status => status.Status)));
        Assert.That(issued.Covers(names));
        Assert.That(issued.Leaf.HasPrivateKey);
    }
}
