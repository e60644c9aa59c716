using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Jobs that run after others, alone and in sets, in requests of REST.</summary>
[Parallelizable]
public sealed class JobSetTests
{
    private const string Unknown = "0198c0de-0000-7000-8000-0000000000ff";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private List<NewJob> Enqueued() => [.. _host.Broker.Inputs.OfType<BrokerInput.Enqueue>().Last().Jobs];

    private StoredJob Ended(JobState state, string ns = "default", string method = "m")
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(56);
        var job = new Job
        {
            Id = new JobId(Guid.CreateVersion7()),
            Namespace = ns,
            Spec = new JobSpec { Method = method },
            State = state,
            RunAt = now,
            EnqueuedAt = now,
            CreatedBy = "test",
            FinishedAt = now,
        };
        var stored = new StoredJob(job, RawJson.Parse("{}"), default);
        _host.Broker.Put(stored);
        return stored;
    }

    // Answers like the Core, which holds no job that has ended.
    private void NeedEnds() =>
        _host.Broker.Override = input =>
            input is BrokerInput.Enqueue enqueue
            && enqueue
                .Jobs.SelectMany(job => job.After ?? [])
                .Except(enqueue.Jobs.Select(job => job.Id))
                .Except(enqueue.Ends?.Keys ?? [])
                .ToList()
                is { Count: > 0 } missing
                ? new Answer.EndsNeeded(missing)
                : null;

    [Test]
    public async Task A_job_names_those_that_it_runs_after()
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            $$"""{"method":"m","after":["{{Unknown}}"],"afterFailure":"run"}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var job = Enqueued().Single();
        Assert.That(job.After!.Single().ToString(), Is.EqualTo(Unknown));
        Assert.That(job.AfterFailure, Is.EqualTo(AfterFailure.Run));
    }

    [Test]
    public async Task How_a_job_ended_that_the_loop_does_not_hold_is_looked_up()
    {
        NeedEnds();
        var ended = Ended(JobState.Expired);
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            $$"""{"method":"m","after":["{{ended.Job.Id}}"]}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var last = (BrokerInput.Enqueue)_host.Broker.Inputs.Last();
        Assert.That(last.Ends![ended.Job.Id], Is.EqualTo(JobState.Expired));
    }

    [Test]
    public async Task A_job_that_never_was_and_one_of_another_tenant_are_refused_alike()
    {
        NeedEnds();
        var foreign = Ended(JobState.Succeeded, ns: "tenant");
        var problems = new List<string>();
        foreach (var id in new[] { Unknown, foreign.Job.Id.ToString() })
        {
            using var response = await _host.Admin.PostTextAsync(
                ApiHost.Jobs,
                $$"""{"method":"m","after":["{{id}}"]}"""
            );
            var problem = await response.ProblemAsync();
            Assert.That((problem.Status, problem.Code), Is.EqualTo((400, ErrorCodes.Invalid)));
            Assert.That(problem.Errors!.Keys, Is.EqualTo(new[] { "after[0]" }));
            problems.Add(JsonSerializer.Serialize(problem));
        }

        Assert.That(problems.Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_loop_that_wants_to_know_again_and_again_is_given_up()
    {
        var ended = Ended(JobState.Succeeded);
        _host.Broker.Override = input => input is BrokerInput.Enqueue ? new Answer.EndsNeeded([ended.Job.Id]) : null;
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            $$"""{"method":"m","after":["{{ended.Job.Id}}"]}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task In_a_batch_only_those_fall_out_that_name_an_unknown_job()
    {
        NeedEnds();
        var ended = Ended(JobState.Succeeded);
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            $$"""{"jobs":[{"method":"a"},{"method":"b","after":["{{ended.Job.Id}}","{{Unknown}}"]},{"method":"c","after":["{{ended.Job.Id}}"]},{"method":"d","ref":"x"}]}"""
        );
        var items = (await response.BodyAsync()).GetProperty("items").EnumerateArray().ToList();
        Assert.That(
            items.Select(item => item.GetProperty("status").GetInt32()),
            Is.EqualTo(new[] { 201, 400, 201, 400 })
        );
        Assert.That(
            items[1].GetProperty("problem").GetProperty("errors").TryGetProperty("jobs[1].after[1]", out _),
            Is.True
        );
        Assert.That(
            items[3].GetProperty("problem").GetProperty("errors").TryGetProperty("jobs[3].ref", out _),
            Is.True
        );
        Assert.That(Enqueued().Select(job => job.Spec.Method), Is.EqualTo(new[] { "a", "c" }));
    }

    [Test]
    public async Task Members_of_a_set_name_each_other_in_whatever_order_they_stand()
    {
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            """{"atomic":true,"jobs":[{"method":"last","after":["#b","#a"]},{"method":"b","ref":"b","after":["#a"]},{"method":"a","ref":"a"}]}"""
        );
        var items = (await response.BodyAsync())
            .GetProperty("items")
            .EnumerateArray()
            .Select(item => item.GetProperty("id").GetString())
            .ToList();
        var jobs = Enqueued();
        Assert.That(jobs.Select(job => job.Spec.Method), Is.EqualTo(new[] { "a", "b", "last" }));
        Assert.That(jobs[2].After, Is.EqualTo(new[] { jobs[1].Id, jobs[0].Id }));
        Assert.That(jobs[1].After, Is.EqualTo(new[] { jobs[0].Id }));
        Assert.That(
            items,
            Is.EqualTo(new[] { jobs[2], jobs[1], jobs[0] }.Select(job => job.Id.ToString())),
            "answers stand in the order of the request"
        );
    }

    [TestCase("""{"method":"a","ref":"a","after":["#a"]}""", "jobs[0].after[0]")]
    [TestCase("""{"method":"a","after":["#b"]}""", "jobs[0].after[0]")]
    [TestCase("""{"method":"a","ref":"x"},{"method":"b","ref":"x"}""", "jobs[1].ref")]
    [TestCase(
        """{"method":"a","ref":"a","after":["#b"]},{"method":"b","ref":"b","after":["#a"]},{"method":"c"}""",
        "jobs[0].after,jobs[1].after"
    )]
    [TestCase("""{"method":"a"},null,{"method":"b b"}""", "jobs[1],jobs[2].method")]
    [TestCase("""{"method":"a","ref":"has space"}""", "jobs[0].ref")]
    public async Task A_set_with_one_bad_member_is_refused_as_a_whole(string jobs, string paths)
    {
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            $$"""{"atomic":true,"jobs":[{{jobs}}]}"""
        );
        var problem = await response.ProblemAsync();
        Assert.That(problem.Status, Is.EqualTo(400));
        Assert.That(string.Join(',', problem.Errors!.Keys), Is.EqualTo(paths));
        Assert.That(_host.Broker.Inputs, Is.Empty);
    }

    [Test]
    public async Task A_set_that_names_an_unknown_job_is_refused_as_a_whole()
    {
        NeedEnds();
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            $$"""{"atomic":true,"jobs":[{"method":"a","ref":"a"},{"method":"b","after":["#a","{{Unknown}}"]}]}"""
        );
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "jobs[1].after[1]" }));
    }

    [Test]
    public async Task Jobs_may_not_name_more_others_than_can_be_looked_up()
    {
        var jobs = string.Join(
            ',',
            Enumerable
                .Range(0, 11)
                .Select(_ =>
                    $$"""{"method":"a","after":["{{string.Join("\",\"", Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7()))}}"]}"""
                )
        );
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/batch", $$"""{"jobs":[{{jobs}}]}""");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EqualTo(new[] { "jobs" }));
    }
}
