using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Http;
using ScheduleZero.Acme.Challenges;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Renewal;
using ScheduleZero.Acme.Wire;

namespace ScheduleZero.Acme.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")] // Which has no modes of files.
public sealed class RenewalTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-acme-").FullName;
    private readonly TestTime _time = new();
    private readonly TestLog _log = new();
    private readonly HttpChallengeResponses _responses = new();
    private CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changes = new(0);
    private FakeCa _ca = null!;
    private Task _run = Task.CompletedTask;
    private CertificateRenewer _renewer = null!;

    [SetUp]
    public async Task StartAsync() => _ca = await FakeCa.StartAsync(_time);

    [TearDown]
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.That(_run.Exception, Is.Null);
        await _ca.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_first_certificate_is_stored_for_its_owner_only_and_renewed_at_two_thirds_of_its_life()
    {
        var first = await RunUntilIssuedAsync();
        foreach (var file in Directory.EnumerateFiles(_folder))
        {
            Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
        }

        var folder = new AcmeFolder(_folder);
        Assert.That(folder.Load()!.Leaf.Thumbprint, Is.EqualTo(first.Leaf.Thumbprint));
        Assert.That(_log.Count(7107), Is.EqualTo(1));

        await SleepUntilAsync(first.NotBefore + TimeSpan.FromDays(59));
        Assert.That(_renewer.Current, Is.SameAs(first));
        await SleepUntilAsync(first.NotBefore + TimeSpan.FromDays(59.2));
        Assert.That(_renewer.Current, Is.Not.SameAs(first));
        Assert.That(_log.Count(7107), Is.EqualTo(1), "The account is created once.");
        Assert.That(_renewer.Status.NotAfter, Is.EqualTo(_renewer.Current!.NotAfter));
    }

    [Test]
    public async Task A_failed_renewal_leaves_the_old_certificate_and_is_repeated_with_doubled_pauses()
    {
        var first = await RunUntilIssuedAsync();
        _ca.Intercept = context => Refuse(context, "/new-order", 403, "rejectedIdentifier");
        // Chance, which is a half here, shortens each pause by up to a tenth.
        foreach (var minutes in (double[])[1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360])
        {
            await SleepUntilAsync(_renewer.Status.NextAttempt!.Value.AddMilliseconds(2));
            var pause = _renewer.Status.NextAttempt!.Value - _time.GetUtcNow();
            Assert.That(pause.TotalMinutes, Is.EqualTo(minutes * 0.95).Within(0.01));
        }

        Assert.That(_renewer.Status.LastFailure, Does.Contain("issues no certificate"));
        Assert.That(_renewer.Status.FailuresInRow, Is.EqualTo(11));
        Assert.That(new AcmeFolder(_folder).Load()!.Leaf.Thumbprint, Is.EqualTo(first.Leaf.Thumbprint));
        Assert.That(_log.Count(7103), Is.Zero);

        await SleepUntilAsync(first.NotAfter - TimeSpan.FromDays(13.9));
        Assert.That(_log.Count(7103), Is.EqualTo(1));
        Assert.That(_renewer.Current, Is.SameAs(first));

        _ca.Intercept = _ => Task.FromResult(false);
        await SleepUntilAsync(_renewer.Status.NextAttempt!.Value.AddMilliseconds(2));
        Assert.That(_renewer.Current, Is.Not.SameAs(first));
        Assert.That(_renewer.Status.FailuresInRow, Is.Zero);
    }

    [TestCase("7200")]
    [TestCase("date")]
    public async Task A_rate_limit_is_kept(string form)
    {
        _ca.Intercept = async context =>
        {
            context.Response.Headers.RetryAfter =
                form == "date" ? _time.GetUtcNow().AddHours(2).ToString("R", CultureInfo.InvariantCulture) : form;
            return await Refuse(context, "/new-order", 429, "rateLimited");
        };
        Run();
        await _time.NextSleepAsync();
        var pause = _renewer.Status.NextAttempt!.Value - _time.GetUtcNow();
        Assert.That(pause.TotalHours, Is.EqualTo(2).Within(0.01));
        Assert.That(_renewer.Status.LastFailure, Does.Contain("staging"));
    }

    [Test]
    public async Task The_window_of_the_CA_counts_and_the_order_names_the_certificate_it_replaces()
    {
        var start = _time.GetUtcNow().AddDays(10);
        _ca.RenewalInfo = () => $$$"""{"suggestedWindow":{"start":"{{{start:O}}}","end":"{{{start.AddDays(2):O}}}"}}""";
        var first = await RunUntilIssuedAsync();
        Assert.That(first.RenewalId, Does.EndWith(".AIdlQyE"), "The serial number as RFC 9773 writes it.");
        // Chance is a half.
        Assert.That(_renewer.Status.NextAttempt, Is.EqualTo(start.AddDays(1)));
        await SleepUntilAsync(start.AddDays(1).AddMinutes(1));
        Assert.That(_renewer.Current, Is.Not.SameAs(first));
        Assert.That(_ca.Requests.Last(request => request.Path == "/new-order").Payload, Does.Contain(first.RenewalId));
        Assert.That(_log.Count(7104), Is.GreaterThan(0));
    }

    [TestCase("{}")]
    [TestCase("garbage")]
    [TestCase("""{"suggestedWindow":{"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"}}""")]
    public async Task A_window_that_is_none_does_no_harm(string answer)
    {
        _ca.RenewalInfo = () => answer;
        var first = await RunUntilIssuedAsync();
        var planned = _renewer.Status.NextAttempt!.Value - first.NotBefore;
        Assert.That(planned.TotalDays, Is.EqualTo(59.1).Within(0.01));
    }

    [Test]
    public async Task Files_that_do_not_fit_are_never_used()
    {
        var first = await RunUntilIssuedAsync();
        using var other = AccountKey.Generate();
        await File.WriteAllTextAsync(Path.Combine(_folder, "certificate.key"), other.ToPem());
        Assert.That(() => new AcmeFolder(_folder).Load(), Throws.TypeOf<IOException>());
        Assert.That(_renewer.Current, Is.SameAs(first));
        var next = NewRenewer();
        next.Restore();
        Assert.That(next.Current, Is.Null);
        Assert.That(_log.Count(7106), Is.EqualTo(1));
    }

    [Test]
    public async Task A_crash_between_the_writes_leaves_the_old_pair_or_the_new_one()
    {
        var first = await RunUntilIssuedAsync();
        await SleepUntilAsync(first.NotBefore + TimeSpan.FromDays(59.2));
        var second = _renewer.Current!;
        var folder = new AcmeFolder(_folder);
        folder.Save(first);

        folder.WriteNextKey(second);
        Assert.That(folder.Load()!.Leaf.Thumbprint, Is.EqualTo(first.Leaf.Thumbprint));
        folder.WriteChain(second);
        Assert.That(folder.Load()!.Leaf.Thumbprint, Is.EqualTo(second.Leaf.Thumbprint));
        // A later save first finishes what the crash left.
        folder.Save(first);
        Assert.That(folder.Load()!.Leaf.Thumbprint, Is.EqualTo(first.Leaf.Thumbprint));
    }

    [TestCase("certificate.pem")]
    [TestCase("certificate.key")]
    public async Task A_stored_file_that_others_may_read_is_replaced_with_one_order(string name)
    {
        var first = await RunUntilIssuedAsync();
        await _stop.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var file = Path.Combine(_folder, name);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        _stop = new CancellationTokenSource();
        var second = await RunUntilIssuedAsync();
        Assert.That(second.Leaf.Thumbprint, Is.Not.EqualTo(first.Leaf.Thumbprint));
        Assert.That(_ca.Requests.Count(request => request.Path == "/new-order"), Is.EqualTo(2));
        Assert.That(_log.Count(7106), Is.EqualTo(1));
        Assert.That(new AcmeFolder(_folder).Load()!.Leaf.Thumbprint, Is.EqualTo(second.Leaf.Thumbprint));
    }

    [Test]
    public async Task A_certificate_that_cannot_be_stored_is_used_and_not_ordered_again()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "certificate.key.next"));
        var issued = await RunUntilIssuedAsync();
        Assert.That(_renewer.Current, Is.SameAs(issued));
        Assert.That(_renewer.Status.NotAfter, Is.EqualTo(issued.NotAfter));
        Assert.That(_log.Count(7109), Is.EqualTo(1));
        await SleepUntilAsync(issued.NotBefore + TimeSpan.FromDays(50));
        Assert.That(_ca.Requests.Count(request => request.Path == "/new-order"), Is.EqualTo(1));
    }

    private async Task<IssuedCertificate> RunUntilIssuedAsync()
    {
        Run();
        Assert.That(await _changes.WaitAsync(TimeSpan.FromSeconds(60)));
        await _time.NextSleepAsync();
        return _renewer.Current!;
    }

    private void Run()
    {
        _renewer = NewRenewer();
        _renewer.Restore();
        _run = _renewer.RunAsync(_stop.Token);
    }

    private CertificateRenewer NewRenewer() =>
        new(_ca.Settings(_folder), _responses, _ => _changes.Release(), _time, () => 0.5, _log);

    /// <summary>Moves the time; the renewer is asleep before and after.</summary>
    private async Task SleepUntilAsync(DateTimeOffset instant)
    {
        while (_time.SleepEnd is var end && end <= instant)
        {
            _time.Advance(end - _time.GetUtcNow());
            await _time.NextSleepAsync();
        }

        _time.Advance(instant - _time.GetUtcNow());
    }

    private static async Task<bool> Refuse(HttpContext context, string path, int status, string type)
    {
        if (context.Request.Path != path)
        {
            return false;
        }

        await FakeCa.RefuseAsync(context, status, type);
        return true;
    }
}
