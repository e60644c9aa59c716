using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Jobs that are posted together, each as if it had been posted alone.</summary>
[Parallelizable]
public sealed class SeparateJobsTests
{
    private const string Nobodys = "0198c0de-0000-7000-8000-0000000000ff";
    private const string Keyed = """{"method":"reports.render","params":{"n":1},"deduplicationKey":"k"}""";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private static string Batch(params string[] jobs) => $$"""{"separate":true,"jobs":[{{string.Join(',', jobs)}}]}""";

    private static async Task<List<JsonElement>> PostAsync(HttpClient client, params string[] jobs)
    {
        using var response = await client.PostTextAsync($"{ApiHost.Jobs}/batch", Batch(jobs));
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        return [.. JsonDocument.Parse(text).RootElement.GetProperty("items").EnumerateArray()];
    }

    private static readonly string[] Jobs =
    [
        """{"method":"reports.render"}""",
        """{"method":"reports.render","params":[1,{"a":null}],"runAt":"2027-01-01T00:00:00Z","tags":["t"]}""",
        """{"method":"reports.render","retry":{"maxAttempts":7},"concurrency":{"key":"c"},"handler":"office-7"}""",
        """{"method":"reports.render","priority":101,"timeout":"PT0S"}""",
        """{"method":"no method"}""",
        """{"method":"mail.send"}""",
        """{"method":"reports.render","ref":"a"}""",
        """{"method":"reports.render","after":["#a"]}""",
        $$"""{"method":"reports.render","after":["{{Nobodys}}"]}""",
        """{"method":"reports.render","params":"\ud800"}""",
        $$"""{"method":"reports.render","params":"{{new string('x', 1100)}}"}""",
        "null",
        Keyed,
    ];

    [TestCaseSource(nameof(Jobs))]
    public async Task A_job_is_answered_as_if_it_had_been_posted_alone(string job)
    {
        var role = _host.AddRole(new RoleRule { Permissions = ["jobs:*"], Names = ["reports.*"] });
        using var client = _host.ClientOf(_host.AddUser("ana", new RoleGrant(role, "default")));
        using var alone = await client.PostTextAsync(ApiHost.Jobs, job);
        _host.Broker.State.Stored.Clear();
        var item = (await PostAsync(client, """{"method":"reports.other"}""", job))[1];

        Assert.That(item.GetProperty("status").GetInt32(), Is.EqualTo((int)alone.StatusCode));
        var expected = JsonNode.Parse(await alone.Content.ReadAsStringAsync())!.AsObject();
        var shown = item.GetProperty(alone.IsSuccessStatusCode ? "job" : "problem");
        if (alone.IsSuccessStatusCode)
        {
            Assert.That(item.GetProperty("id").GetString(), Is.EqualTo(shown.GetProperty("id").GetString()));
            expected["id"] = shown.GetProperty("id").GetString();
            Assert.That(expected.Remove("params"), Is.True);
        }

        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(shown.GetRawText()), expected), Is.True, $"{shown}\n{expected}");
    }

    [Test]
    public async Task A_key_that_comes_twice_answers_the_second_time_with_the_whole_first_job()
    {
        var items = await PostAsync(_host.Admin, Keyed, Keyed);
        Assert.That(items.Select(item => item.GetProperty("status").GetInt32()), Is.EqualTo(new[] { 201, 200 }));
        var first = items[1].GetProperty("job");
        Assert.That(first.GetProperty("id").GetString(), Is.EqualTo(items[0].GetProperty("id").GetString()));
        Assert.That(first.GetProperty("params").GetRawText(), Is.EqualTo("""{"n":1}"""));
    }

    [Test]
    public async Task Each_job_has_its_own_audit_event()
    {
        var items = await PostAsync(_host.Admin, Jobs[0], Jobs[4], Jobs[1]);
        Assert.That(
            _host.Broker.Noted.Select(note => (note.Action, note.Object)),
            Is.EqualTo(
                new[] { 0, 2 }.Select(place => ("jobs:run", $"job:{items[place].GetProperty("id").GetString()}"))
            )
        );
    }

    [Test]
    public async Task A_job_for_which_there_is_no_room_does_not_stop_the_others()
    {
        _host.Broker.Override = input =>
            input is BrokerInput.Enqueue { Jobs: [{ Spec.Priority: 1 }] }
                ? new Answer.Refused(ErrorCodes.RateLimited, "Full.")
                : null;
        _host.Broker.Before = input =>
        {
            if (input is BrokerInput.Enqueue { Jobs: [{ Spec.Priority: 2 }] })
            {
                throw new BrokerBusyException();
            }
        };
        var items = await PostAsync(
            _host.Admin,
            """{"method":"a"}""",
            """{"method":"a","priority":1}""",
            """{"method":"a","priority":2}""",
            """{"method":"a"}"""
        );
        Assert.That(
            items.Select(item => item.GetProperty("status").GetInt32()),
            Is.EqualTo(new[] { 201, 429, 503, 201 })
        );
        Assert.That(
            items.Skip(1).Take(2).Select(item => item.GetProperty("retryAfterSeconds").GetInt32()),
            Is.EqualTo(new[] { 10, 1 })
        );
    }

    [Test]
    public async Task A_job_that_was_not_checked_since_others_cost_too_much_is_to_be_posted_alone()
    {
        _host.Schemas.Put(
            new Effect.OffersChanged(
                "default",
                "s",
                "h",
                [],
                new Dictionary<string, OfferedMethod>
                {
                    ["a"] = new() { Name = "a", ParamsSchema = RawJson.Parse(CostlySchema) },
                }
            )
        );
        var costly = $$"""{"method":"a","params":[{{string.Join(',', Enumerable.Repeat(0, 400))}}]}""";
        using var alone = await _host.Admin.PostTextAsync(ApiHost.Jobs, costly);
        Assert.That(alone.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var items = await PostAsync(_host.Admin, [.. Enumerable.Repeat(costly, 100), """{"method":"b"}"""]);
        Assert.That(items[0].GetProperty("status").GetInt32(), Is.EqualTo(201));
        Assert.That(items[99].GetProperty("status").GetInt32(), Is.EqualTo(503));
        Assert.That(items[99].GetProperty("retryAfterSeconds").GetInt32(), Is.Zero);
        Assert.That(items[100].GetProperty("status").GetInt32(), Is.EqualTo(201));
    }

    private static string CostlySchema =>
        $"{{\"items\":{{\"allOf\":[{string.Join(',', Enumerable.Repeat("""{"type":"integer"}""", 200))}]}}}}";

    [TestCase("""{"separate":true,"atomic":true,"jobs":[{"method":"a"}]}""", "separate")]
    [TestCase("""{"separate":true,"jobs":[]}""", "jobs")]
    [TestCase("""{"separate":"yes","jobs":[{"method":"a"}]}""", "separate")]
    public async Task A_request_that_makes_no_sense_is_refused_as_a_whole(string body, string field)
    {
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/batch", body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await response.ProblemAsync()).Errors, Does.ContainKey(field));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [Test]
    public async Task One_request_names_only_so_many_other_jobs()
    {
        var after = string.Join(',', Enumerable.Repeat($"\"{Nobodys}\"", 100));
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            Batch([.. Enumerable.Repeat($$"""{"method":"a","after":[{{after}}]}""", 11)])
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [Test]
    public async Task A_thousand_jobs_are_answered_in_order()
    {
        var items = await PostAsync(
            _host.Admin,
            [.. Enumerable.Range(0, 1000).Select(i => $$"""{"method":"a","priority":{{i % 100}}}""")]
        );
        Assert.That(
            items.Select(item => item.GetProperty("job").GetProperty("priority").GetInt32()),
            Is.EqualTo(Enumerable.Range(0, 1000).Select(i => i % 100))
        );
    }
}
