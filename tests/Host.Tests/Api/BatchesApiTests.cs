using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class BatchesApiTests
{
    private const string Batches = "/api/namespaces/default/batches";
    private const string Unknown = "0198c0de-0000-7000-8000-0000000000ff";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_batch_is_taken_whole_with_its_completion_job_and_read_where_Location_says()
    {
        using var response = await _host.Admin.PostTextAsync(
            Batches,
            """{"name":"october","jobs":[{"method":"b","after":["#a"]},{"method":"a","ref":"a"}],"onComplete":{"method":"done","params":7}}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        var input = _host.Broker.Inputs.OfType<BrokerInput.Enqueue>().Single();
        Assert.That(input.Jobs.Select(job => job.Spec.Method), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(
            body.GetProperty("jobs").EnumerateArray().Select(id => id.GetString()),
            Is.EqualTo(new[] { input.Jobs[1].Id.ToString(), input.Jobs[0].Id.ToString() })
        );
        Assert.That((input.Batch!.Name, input.Batch.OnComplete!.Params.ToString()), Is.EqualTo(("october", "7")));

        var read = await (await _host.Admin.GetAsync(response.Headers.Location)).BodyAsync();
        Assert.That(read.GetProperty("id").GetString(), Is.EqualTo(input.Batch.Id.ToString()));
        Assert.That(read.GetProperty("counts").GetProperty("ready").GetInt32(), Is.EqualTo(2));
        Assert.That(read.GetProperty("completionJob").GetString(), Is.EqualTo(input.Batch.OnComplete.Id.ToString()));
    }

    [TestCase("""{"jobs":[]}""", "jobs")]
    [TestCase("""{"name":"x"}""", "jobs")]
    [TestCase("""{"jobs":[{"method":"a"}],"name":""}""", "name")]
    [TestCase("""{"jobs":[{"method":"a"},{"method":"b c"}]}""", "jobs[1].method")]
    [TestCase("""{"jobs":[null]}""", "jobs[0]")]
    [TestCase("""{"jobs":[{"method":"a","deduplicationKey":"k"}]}""", "jobs[0]")]
    [TestCase("""{"jobs":[{"method":"a","after":["#a"]}]}""", "jobs[0].after[0]")]
    [TestCase("""{"jobs":[{"method":"a"}],"onComplete":{"method":"b c"}}""", "onComplete.method")]
    [TestCase(
        """{"jobs":[{"method":"a"}],"onComplete":{"method":"b","deduplicationKey":"k"}}""",
        "onComplete.deduplicationKey"
    )]
    [TestCase("""{"jobs":[{"method":"a","ref":"a"}],"onComplete":{"method":"b","after":["#a"]}}""", "onComplete.after")]
    [TestCase("""{"jobs":[{"method":"a"}],"onComplete":{"method":"b","ref":"b"}}""", "onComplete.ref")]
    public async Task A_bad_batch_is_refused_by_the_path_of_its_field(string body, string path)
    {
        using var response = await _host.Admin.PostTextAsync(Batches, body);
        var problem = await response.ProblemAsync();
        Assert.That((problem.Status, problem.Code), Is.EqualTo((400, ErrorCodes.Invalid)));
        Assert.That(problem.Errors!.Keys, Is.EqualTo(new[] { path }), JsonSerializer.Serialize(problem));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [Test]
    public async Task A_batch_of_a_method_that_is_closed_to_the_caller_is_forbidden_also_as_its_completion()
    {
        using var client = _host.Client(
            _host.AddKey(_host.AddRole(new RoleRule { Permissions = ["jobs:run"], Names = ["mine.*"] }))
        );
        foreach (
            var body in new[]
            {
                """{"jobs":[{"method":"mine.a"},{"method":"b"}]}""",
                """{"jobs":[{"method":"mine.a"}],"onComplete":{"method":"b"}}""",
            }
        )
        {
            using var response = await client.PostTextAsync(Batches, body);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), body);
        }

        using var taken = await client.PostTextAsync(Batches, """{"jobs":[{"method":"mine.a"}]}""");
        Assert.That(taken.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(
            (await client.GetAsync($"{Batches}/{FakeBroker.OpenBatch}")).StatusCode,
            Is.EqualTo(HttpStatusCode.Forbidden),
            "a batch may hold jobs of any method"
        );
    }

    [Test]
    public async Task Batches_are_listed_in_pages_with_counts_that_add_up()
    {
        _host.Broker.Put(
            new Batch
            {
                Id = new BatchId(Guid.CreateVersion7()),
                Namespace = "default",
                Total = 4,
                Succeeded = 2,
                Failed = 1,
                Expired = 1,
                CreatedAt = DateTimeOffset.UnixEpoch,
                CreatedBy = "test",
                FinishedAt = DateTimeOffset.UnixEpoch,
            }
        );
        var first = await (await _host.Admin.GetAsync($"{Batches}?limit=1")).BodyAsync();
        var second = await (
            await _host.Admin.GetAsync($"{Batches}?limit=1&cursor={first.GetProperty("nextCursor").GetString()}")
        ).BodyAsync();
        foreach (var (page, total) in new[] { (first, 4), (second, 3) })
        {
            var batch = page.GetProperty("items")[0];
            Assert.That(batch.GetProperty("total").GetInt32(), Is.EqualTo(total));
            Assert.That(
                batch.GetProperty("counts").EnumerateObject().Sum(count => count.Value.GetInt32()),
                Is.EqualTo(total)
            );
        }

        Assert.That(
            (await _host.Admin.GetAsync($"{Batches}?cursor=nonsense")).StatusCode,
            Is.EqualTo(HttpStatusCode.BadRequest)
        );
    }

    [Test]
    public async Task A_cancel_answers_the_batch_and_tells_one_that_is_over_from_one_that_never_was()
    {
        using var cancelled = await _host.Admin.PostTextAsync($"{Batches}/{FakeBroker.OpenBatch}/cancel", "");
        Assert.That((await cancelled.BodyAsync()).TryGetProperty("cancelRequestedAt", out _), Is.True);
        using var unknown = await _host.Admin.PostTextAsync($"{Batches}/{Unknown}/cancel", "");
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        using var nonsense = await _host.Admin.PostTextAsync($"{Batches}/nonsense/cancel", "");
        Assert.That(nonsense.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        _host.Broker.Put(
            new Batch
            {
                Id = new BatchId(Guid.Parse(Unknown)),
                Namespace = "default",
                Total = 1,
                CreatedAt = default,
                CreatedBy = "x",
                FinishedAt = DateTimeOffset.UnixEpoch,
            }
        );
        using var over = await _host.Admin.PostTextAsync($"{Batches}/{Unknown}/cancel", "");
        Assert.That(over.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task Jobs_are_searched_by_their_batch()
    {
        using var response = await _host.Admin.GetAsync($"{ApiHost.Jobs}?batch={Unknown}");
        Assert.That(_host.Broker.LastJobSearch!.Batch.ToString(), Is.EqualTo(Unknown));
        using var running = await _host.Admin.PostTextAsync(Batches, """{"jobs":[{"method":"a"}]}""");
        foreach (var stored in _host.Broker.State.Stored.Values)
        {
            _host.Broker.Put(stored with { Job = stored.Job with { State = JobState.Running } });
        }

        var mine = (await running.BodyAsync()).GetProperty("batch").GetProperty("id").GetString();
        foreach (var (id, count) in new[] { (mine, 1), (Unknown, 0) })
        {
            var page = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}?batch={id}&state=running")).BodyAsync();
            Assert.That(page.GetProperty("items").GetArrayLength(), Is.EqualTo(count));
        }

        using var bad = await _host.Admin.GetAsync($"{ApiHost.Jobs}?batch=7");
        Assert.That((await bad.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "batch" }));
    }
}
