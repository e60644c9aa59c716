using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class WaitTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task The_answer_waits_for_the_jobs_end()
    {
        var asked = new TaskCompletionSource<NewJob>(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Broker.Before = input => asked.TrySetResult(((BrokerInput.Enqueue)input).Jobs[0]);
        var posting = _host.Admin.PostTextAsync($"{ApiHost.Jobs}?wait=PT5M", """{"method":"a","params":5}""");
        var job = await asked.Task;
        Assert.That(posting.IsCompleted, Is.False);

        End(job, JobState.Succeeded, "[1,2]");
        using var response = await posting;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("state").GetString(), Is.EqualTo("succeeded"));
        Assert.That(body.GetProperty("result").GetRawText(), Is.EqualTo("[1,2]"));
        Assert.That(body.GetProperty("params").GetInt32(), Is.EqualTo(5));
    }

    [Test]
    public async Task A_job_that_ends_before_its_enqueue_is_answered_is_not_missed()
    {
        _host.Broker.Before = input => End(((BrokerInput.Enqueue)input).Jobs[0], JobState.Failed, null);
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}?wait=PT5M", """{"method":"a"}""");
        Assert.That((await response.BodyAsync()).GetProperty("state").GetString(), Is.EqualTo("failed"));
    }

    [Test]
    public async Task At_the_time_out_the_job_is_answered_as_it_stands()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Broker.Before = _ => asked.TrySetResult();
        var posting = _host.Admin.PostTextAsync($"{ApiHost.Jobs}?wait=PT30S", """{"method":"a"}""");
        await asked.Task;
        // The clock of the wait starts after the enqueue was answered, so the test's clock goes on until then.
        while (!posting.IsCompleted)
        {
            _host.Time.Advance(TimeSpan.FromSeconds(31));
            await Task.Yield();
        }

        using var response = await posting;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await response.BodyAsync()).GetProperty("state").GetString(), Is.EqualTo("ready"));
    }

    [Test]
    public async Task A_duplicate_waits_for_the_first_job()
    {
        const string Body = """{"method":"a","deduplicationKey":"k"}""";
        using var first = await _host.Admin.PostTextAsync(ApiHost.Jobs, Body);
        var job = _host.Broker.Inputs.OfType<BrokerInput.Enqueue>().Single().Jobs[0];
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Broker.Before = _ => asked.TrySetResult();
        var posting = _host.Admin.PostTextAsync($"{ApiHost.Jobs}?wait=PT5M", Body);
        await asked.Task;
        Assert.That(posting.IsCompleted, Is.False);
        _host.Broker.Put(new StoredJob(Ended(job, JobState.Succeeded), job.Params, RawJson.Parse("7")));
        End(job, JobState.Succeeded, "7");
        using var response = await posting;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await response.BodyAsync()).GetProperty("result").GetInt32(), Is.EqualTo(7));
    }

    private static Broker.Core.Jobs.Job Ended(NewJob job, JobState state) =>
        new()
        {
            Id = job.Id,
            Namespace = job.Namespace,
            Spec = job.Spec,
            State = state,
            RunAt = ApiHost.Noon,
            EnqueuedAt = ApiHost.Noon,
            CreatedBy = job.CreatedBy,
            FinishedAt = ApiHost.Noon,
        };

    private void End(NewJob job, JobState state, string? result) =>
        _host.Events.Publish(
            new Happened(
                $"job.{state}",
                job.Namespace,
                job.Id.ToString(),
                ApiHost.Noon,
                Ended(job, state),
                Result: result is null ? default : RawJson.Parse(result)
            )
        );
}
