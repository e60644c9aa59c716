using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Acme.Tests.Listeners;

/// <summary>What a Broker says of its certificates: by REST, in the audit log and by its meter.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
public sealed class StatusTests : AcmeFixture
{
    private FakeCa _ca = null!;

    [SetUp]
    public async Task StartCaAsync()
    {
        _ca = await FakeCa.StartAsync(Time);
        _ca.Age = TimeSpan.FromDays(1);
    }

    [TearDown]
    public async Task StopCaAsync() => await _ca.DisposeAsync();

    [Test]
    public async Task A_certificate_that_was_refused_and_then_issued_shows_everywhere()
    {
        _ca.Intercept = async context =>
        {
            if (context.Request.Path != "/new-order")
            {
                return false;
            }

            await FakeCa.RefuseAsync(context, 403, "caa");
            return true;
        };
        using var gauges = new Gauges();
        var authority = new TestAuthority();
        await using var server = await StartAsync(authority);
        using var client = server.Client(_ca.Root, authority.Root);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);
        await Log.FirstAsync(7102);
        await Time.NextSleepAsync();
        var refused = (await CertificatesAsync(client))[1]!;
        Assert.That(refused["names"]!.AsArray().Select(name => (string?)name), Is.EqualTo([Name, OtherName]));
        Assert.That((string?)refused["problem"], Does.Contain("CAA record"));
        Assert.That(refused["validUntil"], Is.Null);
        Assert.That((DateTimeOffset)refused["nextAttempt"]!, Is.GreaterThan(Time.GetUtcNow()));
        Assert.That(gauges.Read(CertificateWatch.FailuresName, _ca.Address), Is.EqualTo(1));
        Assert.That(gauges.Read(CertificateWatch.EndName, _ca.Address), Is.Null);

        _ca.Intercept = _ => Task.FromResult(false);
        await PassUntilLoggedAsync(7101);
        var issued = (await CertificatesAsync(client))[1]!;
        var end = (DateTimeOffset)issued["validUntil"]!;
        Assert.That(issued["problem"], Is.Null);
        Assert.That(gauges.Read(CertificateWatch.FailuresName, _ca.Address), Is.Zero);
        Assert.That(gauges.Read(CertificateWatch.EndName, _ca.Address), Is.EqualTo(end.ToUnixTimeSeconds()));
        Assert.That(
            async () => await OutcomesAsync(client),
            Is.EqualTo(["allowed", "failed"]).After(10_000, 100),
            "The newest comes first."
        );
    }

    [Test]
    public async Task A_certificate_in_a_file_that_ends_soon_is_warned_of_and_shown()
    {
        var authority = new TestAuthority();
        await using var server = await StartAsync(authority, TimeSpan.FromDays(80));
        using var client = server.Client(authority.Root);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);
        await Log.FirstAsync(5076);
        Assert.That(Log.Texts(5076).Single(), Does.Contain("file.pem").And.Contain("localhost"));
        var shown = (await CertificatesAsync(client))[0]!;
        Assert.That((string?)shown["source"], Does.EndWith("file.pem"));
        Assert.That(shown["problem"], Is.Null);
        Assert.That(shown["validUntil"], Is.Not.Null);
    }

    [Test]
    public async Task A_certificate_in_a_file_that_lasts_is_not_warned_of()
    {
        await using var server = await StartAsync(new TestAuthority(), TimeSpan.FromDays(70));
        await Log.FirstAsync(7101);
        Assert.That(Log.Count(5076), Is.Zero);
    }

    /// <param name="age">How long ago the certificate in the file was issued, for 90 days.</param>
    private async Task<AcmeServer> StartAsync(TestAuthority authority, TimeSpan age = default)
    {
        var order = Order(_ca.Address + "/dir", _ca.Root, Name, OtherName);
        var certificate = Issue(order with { Names = ["localhost"] }, authority, age);
        var (chain, key) = (Path.Combine(Folder, "file.pem"), Path.Combine(Folder, "file.key"));
        await File.WriteAllTextAsync(chain, certificate.ChainPem);
        await File.WriteAllTextAsync(key, certificate.KeyPem);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var tls = new TlsSettings
        {
            CertificateFiles = [chain],
            KeyFiles = [key],
            RedirectUrl = "http://127.0.0.1:0",
            Acme = order,
        };
        return await AcmeServer.StartAsync(Kind.Broker, Folder, 0, tls, Log);
    }

    private static async Task<JsonArray> CertificatesAsync(HttpClient client) =>
        (await ReadAsync(client, "stats"))["certificates"]!.AsArray();

    /// <summary>The outcomes of the events about certificates, the newest first.</summary>
    private static async Task<string?[]> OutcomesAsync(HttpClient client) =>
        [
            .. (await ReadAsync(client, "audit"))["items"]!
                .AsArray()
                .Where(one => (string?)one!["action"] == "certificates:issue")
                .Select(one => (string?)one!["outcome"]),
        ];

    private static async Task<JsonNode> ReadAsync(HttpClient client, string what) =>
        JsonNode.Parse(await client.GetStringAsync(new Uri($"https://localhost/api/{what}")))!;

    /// <summary>Reads the gauges of certificates.</summary>
    private sealed class Gauges : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<(string Name, string? Source, long Value)> _read = [];

        public Gauges()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name is CertificateWatch.EndName or CertificateWatch.FailuresName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>(
                (instrument, value, tags, _) =>
                {
                    foreach (var (tag, text) in tags)
                    {
                        if (tag == CertificateWatch.SourceTag)
                        {
                            _read.Add((instrument.Name, (string?)text, value));
                        }
                    }
                }
            );
            _listener.Start();
        }

        /// <summary>The value for a CA at this address; null when there is none.</summary>
        public long? Read(string name, string address)
        {
            _read.Clear();
            _listener.RecordObservableInstruments();
            return _read
                .Where(one => one.Name == name && one.Source == $"{address}/dir")
                .Select(one => (long?)one.Value)
                .SingleOrDefault();
        }

        public void Dispose() => _listener.Dispose();
    }
}
