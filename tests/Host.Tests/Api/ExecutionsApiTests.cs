using System.Globalization;
using System.Text.Json;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Host.Api.Executions;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class ExecutionsApiTests
{
    private const string Executions = "/api/namespaces/default/executions";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Attempts_of_finished_jobs_are_listed_newest_first_with_results_if_asked_for()
    {
        var job = SampleJobs.Put(_host, JobState.Succeeded);
        SampleJobs.Put(_host, JobState.Running);
        var items = await ItemsAsync($"{Executions}?include=result");
        Assert.That(
            items.Select(item => item.GetProperty("durationSeconds").GetDouble()),
            Is.EqualTo(new[] { 2.0, 1.0 })
        );
        Assert.That(items[0].GetProperty("jobId").GetString(), Is.EqualTo(job.Id.ToString()));
        Assert.That(
            items[0].GetProperty("attempt").GetProperty("result").GetProperty("pages").GetInt32(),
            Is.EqualTo(12)
        );
        Assert.That(
            (await ItemsAsync(Executions)).Select(item => item.GetProperty("attempt").TryGetProperty("result", out _)),
            Is.All.False
        );
    }

    [Test]
    public async Task A_schedule_names_the_executions_of_its_jobs()
    {
        SampleJobs.Put(_host, JobState.Succeeded);
        Assert.That(await ItemsAsync($"{Executions}?schedule=nightly&outcome=lost"), Is.Empty);
        var asked = _host.Broker.LastFinishedSearch!;
        Assert.That(
            (asked.Schedule, asked.Outcomes!.Single(), asked.NewestFirst),
            Is.EqualTo(("nightly", AttemptOutcome.Lost, true))
        );
    }

    [Test]
    public async Task Filters_hold_for_attempts()
    {
        SampleJobs.Put(_host, JobState.Succeeded);
        SampleJobs.Put(_host, JobState.Succeeded, handler: "office-9");
        var body = await (
            await _host.Admin.GetAsync(
                $"{Executions}?handler=office-9&outcome=failed&method=reports.render&from=2026-09-30T00:00:00Z"
            )
        ).BodyAsync();
        var item = body.GetProperty("items").EnumerateArray().Single();
        Assert.That(item.GetProperty("attempt").GetProperty("handler").GetString(), Is.EqualTo("office-9"));
        Assert.That(item.GetProperty("attempt").GetProperty("outcome").GetString(), Is.EqualTo("failed"));
        Assert.That(_host.Broker.LastFinishedSearch!.Method, Is.EqualTo("reports.render"));
        Assert.That(
            _host.Broker.LastFinishedSearch.From,
            Is.EqualTo(new DateTimeOffset(2026, 9, 30, 0, 0, 0, TimeSpan.Zero))
        );
    }

    [TestCase("?outcome=fine", "outcome")]
    [TestCase("?from=x", "from")]
    [TestCase("?schedule=%00", "schedule")]
    [TestCase("?include=params", "include")]
    [TestCase("?include=", "include")]
    [TestCase("/export?format=xml", "format")]
    [TestCase("/stats?by=colour", "by")]
    [TestCase("/stats?method=%00", "method")]
    [TestCase("/stats?method=a&handler=b", "handler")]
    [TestCase("/stats?method=a&by=method", "by")]
    [TestCase("/stats?handler=a&by=method", "by")]
    [TestCase("/stats?window=P32D", "window")]
    [TestCase("/stats?step=PT90S", "step")]
    [TestCase("/stats?step=PT30S", "step")]
    [TestCase("/stats?window=P1D&step=PT7M", "step")]
    [TestCase("?cursor=bad", "cursor")]
    [TestCase("/export?cursor=bad", "cursor")]
    public async Task A_bad_query_is_refused_by_its_parameter(string query, string parameter)
    {
        using var response = await _host.Admin.GetAsync(Executions + query);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { parameter }));
    }

    [Test]
    public async Task The_export_reads_every_page_as_lines_of_json()
    {
        _host.Broker.FinishedPageMax = 2;
        for (var i = 0; i < 5; i++)
        {
            SampleJobs.Put(_host, JobState.Failed);
        }

        using var response = await _host.Admin.GetAsync($"{Executions}/export");
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/x-ndjson"));
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(
            lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("method").GetString()),
            Is.EqualTo(Enumerable.Repeat("reports.render", 5))
        );
    }

    [TestCase("a,b", "\"a,b\"")]
    [TestCase("say \"no\"", "\"say \"\"no\"\"\"")]
    [TestCase("two\nlines", "\"two\nlines\"")]
    [TestCase("=SUM(A1)", "'=SUM(A1)")]
    [TestCase("+1", "'+1")]
    [TestCase("-1", "'-1")]
    [TestCase("@cmd", "'@cmd")]
    [TestCase("=1,\"x\"", "\"'=1,\"\"x\"\"\"")]
    [TestCase("plain", "plain")]
    public async Task The_csv_export_quotes_and_defuses(string message, string expected)
    {
        var job = SampleJobs.Put(_host, JobState.Failed, error: new AttemptError { Type = "Boom", Message = message });
        using var response = await _host.Admin.GetAsync($"{Executions}/export?format=csv");
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/csv"));
        Assert.That(response.Content.Headers.ContentDisposition!.FileName, Does.Contain("executions.csv"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(text, Does.StartWith("jobId,method,"));
        Assert.That(
            text,
            Does.EndWith(
                $"\r\n{job.Id},reports.render,,{job.Id}.1,1,failed,office-7,s,,1,2026-10-01T12:00:00.000Z,"
                    + $"2026-10-01T12:00:00.000Z,2026-10-01T12:00:01.000Z,1,Boom,{expected}\r\n"
            )
        );
    }

    [Test]
    public async Task An_empty_export_still_has_its_header()
    {
        var text = await _host.Admin.GetStringAsync($"{Executions}/export?format=csv");
        Assert.That(text, Is.EqualTo(ExecutionCsv.Header));
    }

    [TestCase("", new[] { "*" })]
    [TestCase("&by=method", new[] { "*", "reports.render" })]
    [TestCase("&by=handler", new[] { "*", "office-7", "office-9" })]
    public async Task Sums_are_made_over_all_pages(string by, string[] names)
    {
        _host.Broker.FinishedPageMax = 1;
        SampleJobs.Put(_host, JobState.Succeeded);
        SampleJobs.Put(_host, JobState.Failed, handler: "office-9");
        var body = await (await _host.Admin.GetAsync($"{Executions}/stats?window=PT1H{by}")).BodyAsync();
        var rows = body.GetProperty("items").EnumerateArray().ToList();
        Assert.That(body.GetProperty("window").GetString(), Is.EqualTo("PT1H"));
        Assert.That(body.GetProperty("from").GetDateTimeOffset(), Is.EqualTo(ApiHost.Noon.AddHours(-1)));
        Assert.That(_host.Broker.LastSummed.To - _host.Broker.LastSummed.From, Is.EqualTo(TimeSpan.FromHours(1)));
        Assert.That(rows.Select(row => row.GetProperty("name").GetString()), Is.EqualTo(names));
        Assert.That(
            (rows[0].GetProperty("total").GetInt32(), rows[0].GetProperty("succeeded").GetInt32()),
            Is.EqualTo((3, 1))
        );
        Assert.That(rows[0].GetProperty("successRate").GetDouble(), Is.EqualTo(1 / 3.0).Within(1e-9));
        Assert.That(rows[0].GetProperty("meanSeconds").GetDouble(), Is.EqualTo(4 / 3.0).Within(1e-9));
        Assert.That(rows[0].GetProperty("p50Seconds").GetDouble(), Is.EqualTo(1).Within(0.011));
        Assert.That(rows[0].GetProperty("p99Seconds").GetDouble(), Is.EqualTo(2).Within(0.021));
    }

    [Test]
    public async Task Steps_begin_at_multiples_of_their_length_and_reach_until_now()
    {
        _host.Time.Advance(TimeSpan.FromMinutes(7));
        SampleJobs.Put(_host, JobState.Succeeded);
        var body = await (await _host.Admin.GetAsync($"{Executions}/stats?window=PT1H&step=PT20M")).BodyAsync();
        var steps = body.GetProperty("series").EnumerateArray().ToList();
        Assert.That(
            steps.Select(step => (step.GetProperty("from").GetDateTimeOffset() - ApiHost.Noon).TotalMinutes),
            Is.EqualTo(new[] { -60, -40, -20, 0 })
        );
        Assert.That(
            steps[0].GetProperty("total").GetInt32(),
            Is.EqualTo(body.GetProperty("items")[0].GetProperty("total").GetInt32())
        );
        Assert.That(_host.Broker.LastSummed.To, Is.LessThan(ApiHost.Noon.AddMinutes(20)));
        using var plain = await _host.Admin.GetAsync($"{Executions}/stats");
        Assert.That((await plain.BodyAsync()).TryGetProperty("series", out _), Is.False);
    }

    [TestCase("method=reports.render", "reports.render", 3)]
    [TestCase("method=reports.print", "reports.print", 0)]
    [TestCase("handler=office-9", "office-9", 1)]
    public async Task Sums_of_one_method_or_handler_are_its_own_in_each_step_too(string of, string name, int total)
    {
        SampleJobs.Put(_host, JobState.Succeeded);
        SampleJobs.Put(_host, JobState.Failed, handler: "office-9");
        var body = await (await _host.Admin.GetAsync($"{Executions}/stats?{of}&window=PT1H&step=PT1H")).BodyAsync();
        var row = body.GetProperty("items").EnumerateArray().Single();
        Assert.That(row.GetProperty("name").GetString(), Is.EqualTo(name));
        Assert.That(row.GetProperty("total").GetInt32(), Is.EqualTo(total));
        Assert.That(body.GetProperty("series")[0].GetProperty("total").GetInt32(), Is.EqualTo(total));
    }

    private async Task<List<JsonElement>> ItemsAsync(string path) =>
        [.. (await (await _host.Admin.GetAsync(path)).BodyAsync()).GetProperty("items").EnumerateArray()];

    [Test]
    public void Percentiles_are_within_one_percent_from_a_millisecond_to_a_week()
    {
        foreach (var scale in new[] { 0.001, 1.0, 600, 6048 })
        {
            var histogram = new DurationHistogram();
            for (var i = 1; i <= 100; i++)
            {
                histogram.Add(i * scale);
            }

            foreach (var share in new[] { 0.5, 0.95, 0.99, 1.0 })
            {
                var exact = share * 100 * scale;
                Assert.That(
                    histogram.PercentileSeconds(share),
                    Is.EqualTo(exact).Within(exact * 0.0101),
                    scale.ToString(CultureInfo.InvariantCulture)
                );
            }
        }
    }
}
