using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using ScheduleZero.Acme.Files;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Acme.Tests.Listeners;

/// <summary>Servers whose CA refuses, asks them to wait or dies, and servers whose stored files are broken.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
public sealed class StubbornCaTests : AcmeFixture
{
    private FakeCa _ca = null!;

    [SetUp]
    public async Task StartCaAsync()
    {
        _ca = await FakeCa.StartAsync(Time);
        // The time of orders runs ahead of the clock by which clients check the certificate.
        _ca.Age = TimeSpan.FromDays(1);
    }

    [TearDown]
    public async Task StopCaAsync() => await _ca.DisposeAsync();

    [TestCase(Kind.Broker, 403, "rejectedIdentifier", "issues no certificate for that name")]
    [TestCase(Kind.Bridge, 403, "caa", "CAA record")]
    [TestCase(Kind.Broker, 429, "rateLimited", "staging directory")]
    [TestCase(Kind.Bridge, 500, "serverInternal", "as told")]
    public async Task A_refusal_is_said_and_the_server_asks_again(Kind kind, int status, string type, string words)
    {
        _ca.Intercept = context => On(context, "/new-order", () => FakeCa.RefuseAsync(context, status, type));
        await using var server = await StartAsync(kind, Tls());
        await Log.FirstAsync(7102);
        await Time.NextSleepAsync();
        Assert.That(Log.Texts(7102).First(), Does.Contain(words).And.Contain(Name));
        Assert.That(await server.CertificateForAsync(Name), Is.Null);

        _ca.Intercept = _ => Task.FromResult(false);
        await PassUntilLoggedAsync(7101);
        await server.RequireServedAsync(Name, _ca.Root);
        await server.RequireServedAsync(OtherName, _ca.Root);
        Assert.That(Log.Errors, Is.Empty);
    }

    [TestCase("/new-order")]
    [TestCase("/authz/1")]
    [TestCase("/finalize")]
    [TestCase("/certificate")]
    public async Task A_CA_that_dies_in_the_middle_leaves_the_old_certificate_in_use(string path)
    {
        var tls = Tls();
        var before = new TestAuthority();
        Store(tls.Acme, before, TimeSpan.FromDays(70));
        var asked = 0;
        _ca.Intercept = context =>
            On(
                context,
                path,
                () =>
                {
                    asked++;
                    context.Abort();
                    return Task.CompletedTask;
                }
            );
        await using var server = await StartAsync(Kind.Bridge, tls);
        await Log.FirstAsync(7102);
        await Time.NextSleepAsync();
        await server.RequireServedAsync(Name, before.Root);
        Assert.That(asked, Is.GreaterThan(0));

        _ca.Intercept = _ => Task.FromResult(false);
        await PassUntilLoggedAsync(7101);
        await server.RequireServedAsync(Name, _ca.Root);
    }

    [TestCase("nonsense", UnixFileMode.UserRead | UnixFileMode.UserWrite, "holds no account key")]
    [TestCase("", UnixFileMode.UserRead | UnixFileMode.UserWrite, "holds no account key")]
    [TestCase("nonsense", UnixFileMode.UserRead | UnixFileMode.GroupRead, "chmod 600")]
    public async Task A_broken_account_key_does_not_keep_the_server_from_starting(
        string text,
        UnixFileMode mode,
        string words
    )
    {
        var tls = Tls();
        var folder = tls.Acme.ToOrder().Folder;
        var file = Path.Combine(folder, "account.key");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(file, text);
        File.SetUnixFileMode(file, mode);
        await using var server = await StartAsync(Kind.Broker, tls);
        await Log.FirstAsync(7102);
        await Time.NextSleepAsync();
        Assert.That(Log.Texts(7102).First(), Does.Contain(words).And.Contain(file));

        File.Delete(file);
        await PassUntilLoggedAsync(7101);
        await server.RequireServedAsync(Name, _ca.Root);
    }

    [TestCase("certificate.pem")]
    [TestCase("certificate.key")]
    public async Task A_broken_certificate_is_replaced_by_a_new_one(string broken)
    {
        var tls = Tls();
        Store(tls.Acme, new TestAuthority(), TimeSpan.FromDays(1));
        var file = Path.Combine(tls.Acme.ToOrder().Folder, broken);
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text[..(text.Length / 2)]);
        await using var server = await StartAsync(Kind.Bridge, tls);
        await Log.FirstAsync(7101);
        await server.RequireServedAsync(Name, _ca.Root);
        Assert.That(Log.Texts(7106).Single(), Does.Contain("certificate"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_pair_that_was_half_replaced_serves_as_the_old_one_or_the_new_one(bool hasNewChain)
    {
        var tls = Tls();
        var (before, after) = (new TestAuthority(), new TestAuthority());
        Store(tls.Acme, before, TimeSpan.FromDays(2));
        var next = Issue(tls.Acme, after, TimeSpan.FromDays(1));
        var folder = new AcmeFolder(tls.Acme.ToOrder().Folder);
        folder.WriteNextKey(next);
        if (hasNewChain)
        {
            folder.WriteChain(next);
        }

        await using var server = await StartAsync(Kind.Bridge, tls);
        await server.RequireServedAsync(Name, hasNewChain ? after.Root : before.Root);
        Assert.That(Log.Count(7108), Is.Zero, "Nothing is to be renewed.");
    }

    [Test]
    public async Task A_name_that_is_added_gets_a_certificate_at_once()
    {
        var tls = Tls();
        var before = new TestAuthority();
        Store(tls.Acme with { Names = [Name] }, before, TimeSpan.FromDays(1));
        _ca.Intercept = context => On(context, "/new-order", () => FakeCa.RefuseAsync(context, 403, "caa"));
        await using var server = await StartAsync(Kind.Broker, tls);
        await Log.FirstAsync(7102);
        await Time.NextSleepAsync();
        await server.RequireServedAsync(Name, before.Root);
        Assert.That(await server.CertificateForAsync(OtherName), Is.Null, "There is none with this name yet.");

        _ca.Intercept = _ => Task.FromResult(false);
        await PassUntilLoggedAsync(7101);
        await server.RequireServedAsync(OtherName, _ca.Root);
    }

    [Test]
    public async Task Certificates_from_files_serve_beside_those_of_the_CA()
    {
        var files = new TestAuthority();
        var certificate = files.SignServer();
        var (chain, key) = (Path.Combine(Folder, "file.pem"), Path.Combine(Folder, "file.key"));
        await File.WriteAllTextAsync(chain, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(key, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _ca.Intercept = context => On(context, "/new-order", () => FakeCa.RefuseAsync(context, 403, "caa"));
        var tls = Tls() with { CertificateFiles = [chain], KeyFiles = [key] };
        await using var server = await StartAsync(Kind.Bridge, tls);
        await Log.FirstAsync(7102);
        await Time.NextSleepAsync();
        await server.RequireServedAsync("localhost", files.Root);
        Assert.That(await server.CertificateForAsync(Name), Is.Null);
        Assert.That((await server.CertificateForAsync("elsewhere.example"))?.Subject, Is.EqualTo("CN=localhost"));

        _ca.Intercept = _ => Task.FromResult(false);
        await PassUntilLoggedAsync(7101);
        await server.RequireServedAsync(Name, _ca.Root);
        await server.RequireServedAsync("localhost", files.Root);
    }

    [Test]
    public async Task Another_CA_does_not_take_the_certificate_of_the_first_for_its_own()
    {
        var tls = Tls();
        var staging = tls.Acme with { Directory = "https://staging.example/dir" };
        Store(staging, new TestAuthority(), TimeSpan.FromDays(1));
        await using var server = await StartAsync(Kind.Broker, tls);
        await Log.FirstAsync(7101);
        await server.RequireServedAsync(Name, _ca.Root);
    }

    private static async Task<bool> On(HttpContext context, string path, Func<Task> answer)
    {
        if (context.Request.Path != path)
        {
            return false;
        }

        await answer();
        return true;
    }

    private TlsSettings Tls() =>
        new() { RedirectUrl = "http://127.0.0.1:0", Acme = Order(_ca.Address + "/dir", _ca.Root, Name, OtherName) };

    private Task<AcmeServer> StartAsync(Kind kind, TlsSettings tls) => AcmeServer.StartAsync(kind, Folder, 0, tls, Log);
}
