using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Audit;

[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ExportTests
{
    private readonly FakeTimeProvider _time = new(ApiHost.Noon);
    private readonly CoreBroker _log;
    private ApiHost _host = null!;

    public ExportTests() => _log = new CoreBroker(_time, new AuditTailWatch());

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task An_export_is_the_very_lines_and_verifies()
    {
        Fill(batches: 200, events: 3);
        using var response = await _host.Admin.GetAsync("/api/audit/export");
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/x-ndjson"));
        var export = await response.Content.ReadAsByteArrayAsync();
        Assert.That(export, Is.EqualTo(_host.Broker.Audit.SelectMany(block => block.Lines.Append((byte)'\n'))));
        var verdict = AuditVerifying.Run(export, [], []);
        Assert.That(
            (verdict.Fault, verdict.Count, verdict.Start),
            Is.EqualTo(((AuditFault?)null, 600L, AuditStart.Beginning))
        );
    }

    [Test]
    public async Task An_empty_log_is_an_empty_export()
    {
        using var response = await _host.Admin.GetAsync("/api/audit/export?from=2026-01-01");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.Empty);
    }

    [TestCase("?from=2026-10-01T12:02:00Z", 5, 12)]
    [TestCase("?to=2026-10-01T12:02:00Z", 1, 4)]
    [TestCase("?from=2026-10-01T12:01:30Z&to=2026-10-01T12:03:00Z", 5, 6)]
    [TestCase("?from=2026-10-01T12:05:00Z", 11, 12)]
    [TestCase("?from=2026-10-01T12:05:02Z", 0, 0)]
    [TestCase("?from=2026-10-01T12:01:00.5Z", 4, 12)]
    [TestCase("?to=2026-10-01T12:01:00.5Z", 1, 3)]
    public async Task A_window_is_a_run_without_gaps(string query, long first, long last)
    {
        Fill(batches: 6, events: 2, step: TimeSpan.FromMinutes(1), apart: TimeSpan.FromSeconds(1));
        var export = await _host.Admin.GetByteArrayAsync($"/api/audit/export{query}");
        var verdict = AuditVerifying.Run(export, [], [], isPart: true);
        Assert.That((verdict.Fault, verdict.First, verdict.Last), Is.EqualTo(((AuditFault?)null, first, last)));
    }

    [TestCase("/api/audit/export?from=yesterday", "from")]
    [TestCase("/api/audit/export?to=x", "to")]
    [TestCase("/api/audit?outcome=maybe", "outcome")]
    [TestCase("/api/audit?limit=0", "limit")]
    [TestCase("/api/audit?from=x", "from")]
    [TestCase("/api/namespaces/default/audit?actor=", "actor")]
    public async Task A_query_that_makes_no_sense_is_told_where(string path, string field)
    {
        using var response = await _host.Admin.GetAsync(path);
        Assert.That((await response.ProblemAsync()).Errors, Contains.Key(field));
    }

    [Test]
    public async Task A_list_asks_the_store_what_the_query_says()
    {
        using var response = await _host.Admin.GetAsync(
            "/api/audit?limit=5&cursor=c&from=2026-10-01&to=2026-10-02&actor=key:1&action=jobs:run&"
                + "outcome=denied&object=job:1&q=x"
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            _host.Broker.LastAuditSearch,
            Is.EqualTo(
                new Broker.Storage.AuditSearch
                {
                    Limit = 5,
                    Cursor = "c",
                    From = new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero),
                    To = new DateTimeOffset(2026, 10, 2, 0, 0, 0, TimeSpan.Zero),
                    Actor = "key:1",
                    Action = "jobs:run",
                    Outcome = AuditOutcomes.Denied,
                    Object = "job:1",
                    Text = "x",
                }
            )
        );
    }

    [Test]
    public async Task Keys_are_given_out_as_a_jwk_set()
    {
        using var response = await _host.Admin.GetAsync("/api/audit/keys");
        var key = (await response.BodyAsync()).GetProperty("keys")[0];
        Assert.That(
            (
                key.GetProperty("kty").GetString(),
                key.GetProperty("crv").GetString(),
                key.GetProperty("alg").GetString()
            ),
            Is.EqualTo(("EC", "P-256", "ES256"))
        );
        Assert.That(key.GetProperty("kid").GetString(), Is.Not.Empty);
        Assert.That(key.TryGetProperty("d", out _), Is.False);
    }

    [Test]
    public async Task An_export_reads_a_part_at_a_time()
    {
        Fill(batches: 1000, events: 1);
        using var response = await _host.Admin.GetAsync("/api/audit/export", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.ASCII);
        Assert.That(await reader.ReadLineAsync(), Does.StartWith("{\"sequence\":1,"));
        Assert.That(response.Content.Headers.ContentLength, Is.Null, "the export is streamed, not collected first");
    }

    private void Fill(int batches, int events, TimeSpan step = default, TimeSpan apart = default)
    {
        for (var i = 0; i < batches; i++)
        {
            _log.Note(events, apart);
            _time.Advance(step);
        }

        _host.Broker.Audit.AddRange(_log.Blocks);
    }
}
