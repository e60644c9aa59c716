using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Params may be any JSON value, also null; only params that were not given are <c>{}</c>.</summary>
internal sealed class NullParamsTests
{
    private const string Schedule =
        """{"name":"s","trigger":{"kind":"interval","every":"PT1H"},"job":{"method":"a","params":null}}""";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase("""{"method":"a","params":null}""", "null")]
    [TestCase("""{"method":"a","params": null }""", "null")]
    [TestCase("""{"method":"a"}""", "{}")]
    public async Task Of_a_job(string body, string expected)
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await response.BodyAsync()).GetProperty("params").GetRawText(), Is.EqualTo(expected));
        Assert.That(Made().Single(), Is.EqualTo(expected));
    }

    [TestCase("jobs/batch", """{"jobs":[{"method":"a","params":null},{"method":"a"}]}""")]
    [TestCase("batches", """{"jobs":[{"method":"a","params":null},{"method":"a"}]}""")]
    public async Task Of_a_batch(string path, string body)
    {
        using var response = await _host.Admin.PostTextAsync($"/api/namespaces/default/{path}", body);
        Assert.That(response.IsSuccessStatusCode, Is.True);
        Assert.That(Made(), Is.EqualTo(new[] { "null", "{}" }));
    }

    [Test]
    public async Task Of_a_batches_completion_job()
    {
        using var response = await _host.Admin.PostTextAsync(
            "/api/namespaces/default/batches",
            """{"jobs":[{"method":"a"}],"onComplete":{"method":"b","params":null}}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(
            _host.Broker.Inputs.OfType<BrokerInput.Enqueue>().Single().Batch!.OnComplete!.Params.ToString(),
            Is.EqualTo("null")
        );
    }

    [Test]
    public async Task Of_a_schedule_which_differs_from_one_without()
    {
        using var created = await _host.Admin.PostTextAsync(ApiHost.Schedules, Schedule);
        Assert.That(
            _host.Broker.Inputs.OfType<BrokerInput.SaveSchedule>().Single().Draft.Params.Utf8.Length,
            Is.EqualTo("null".Length)
        );
        var read = await (await _host.Admin.GetAsync($"{ApiHost.Schedules}/s")).BodyAsync();
        Assert.That(read.GetProperty("job").GetProperty("params").ValueKind, Is.EqualTo(JsonValueKind.Null));
        foreach (
            var (body, action) in new[]
            {
                (Schedule, "unchanged"),
                (Schedule.Replace(",\"params\":null", "", StringComparison.Ordinal), "changed"),
            }
        )
        {
            using var planned = await _host.Admin.PostTextAsync(
                $"{ApiHost.Schedules}/apply",
                $"{{\"dryRun\":true,\"schedules\":[{body}]}}"
            );
            Assert.That(
                (await planned.BodyAsync()).GetProperty("items")[0].GetProperty("action").GetString(),
                Is.EqualTo(action)
            );
        }
    }

    [TestCase("""{"type":"null"}""", HttpStatusCode.Created)]
    [TestCase("""{"type":"object"}""", HttpStatusCode.BadRequest)]
    public async Task A_schema_sees_null(string schema, HttpStatusCode expected)
    {
        _host.Schemas.Put(
            new Effect.OffersChanged(
                "default",
                "s1",
                "h",
                [],
                new Dictionary<string, OfferedMethod>
                {
                    ["a"] = new() { Name = "a", ParamsSchema = RawJson.Parse(schema) },
                }
            )
        );
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"a","params":null}""");
        Assert.That(response.StatusCode, Is.EqualTo(expected));
    }

    private IEnumerable<string> Made() =>
        _host.Broker.Inputs.OfType<BrokerInput.Enqueue>().SelectMany(input => input.Jobs).Select(Text);

    private static string Text(NewJob job) => job.Params.IsEmpty ? "nothing" : job.Params.ToString();
}
