using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Another time, and other params, for a job that waits, as REST takes and refuses them.</summary>
[Parallelizable]
public sealed class JobChangeTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Time_and_params_are_changed_and_the_audit_log_says_which_without_the_params()
    {
        var job = SampleJobs.Put(_host, JobState.Scheduled);
        using var response = await PatchAsync(
            job.Id,
            """{"runAt":"2030-01-02T03:04:05+02:00","params":{"secret":"s3"},"priority":4,"ifVersion":0}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var body = await response.BodyAsync();
        var asked = _host.Broker.Inputs.OfType<BrokerInput.ChangeJob>().Single();
        var note = _host.Broker.Noted[^1];
        Assert.Multiple(() =>
        {
            Assert.That(body.GetProperty("runAt").GetString(), Does.StartWith("2030-01-02T01:04:05"));
            Assert.That(body.GetProperty("params").GetRawText(), Is.EqualTo("""{"secret":"s3"}"""));
            Assert.That((asked.Changes.Priority, asked.Changes.IfVersion), Is.EqualTo(((int?)4, (int?)0)));
            Assert.That((note.Action, note.Object), Is.EqualTo(("jobs:change", $"job:{job.Id}")));
            Assert.That(note.Reason, Is.EqualTo("runAt 2030-01-02T01:04:05Z, other params, priority 4"));
        });
    }

    [TestCase("""{"ifVersion":1}""", "priority")]
    [TestCase("""{"runAt":"1999-01-01T00:00:00Z"}""", "runAt")]
    [TestCase("""{"runAt":"tomorrow"}""", "runAt")]
    [TestCase("""{"runAt":"2030-01-01T00:00:00Z","priority":101}""", "priority")]
    [TestCase("""{"params":1,"ifVersion":-1}""", "ifVersion")]
    [TestCase("""{"params":"\ud800"}""", "params")]
    [TestCase("""{"startDeadline":"2030-01-01T00:00:00Z"}""", "startDeadline")]
    public async Task What_makes_no_sense_is_refused_and_the_field_is_named(string request, string field)
    {
        var job = SampleJobs.Put(_host, JobState.Scheduled);
        using var response = await PatchAsync(job.Id, request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await response.ProblemAsync()).Errors, Does.ContainKey(field));
        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.ChangeJob>(), Is.Empty);
    }

    [Test]
    public async Task A_time_behind_the_start_deadline_is_refused()
    {
        var deadline = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var job = SampleJobs.Put(_host, JobState.Scheduled);
        var stored = _host.Broker.State.Stored[job.Id];
        var spec = stored.Job.Spec with { StartDeadline = deadline };
        _host.Broker.Put(stored with { Job = stored.Job with { Spec = spec } });
        using var late = await PatchAsync(job.Id, """{"runAt":"2030-01-01T00:00:00Z"}""");
        Assert.That((await late.ProblemAsync()).Errors, Does.ContainKey("runAt"));
        using var early = await PatchAsync(job.Id, """{"runAt":"2029-12-31T23:59:59Z"}""");
        Assert.That(early.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Params_that_are_too_large_are_refused()
    {
        var job = SampleJobs.Put(_host, JobState.Scheduled);
        using var response = await PatchAsync(job.Id, $$"""{"params":"{{new string('x', 300_000)}}"}""");
        Assert.That((int)response.StatusCode, Is.EqualTo(413));
    }

    [Test]
    public async Task A_job_that_has_ended_is_a_conflict_that_leads_to_a_replay()
    {
        var job = SampleJobs.Put(_host, JobState.Failed);
        using var response = await PatchAsync(job.Id, """{"params":1}""");
        var problem = await response.ProblemAsync();
        Assert.That(
            (problem.Status, problem.Code, problem.Detail),
            Is.EqualTo((409, ErrorCodes.Conflict, "The job has ended: it is Failed. Replay it with other params."))
        );
    }

    [Test]
    public async Task A_job_of_nobody_or_of_a_method_that_is_not_open_is_not_there()
    {
        using var nobodys = await PatchAsync(new JobId(Guid.CreateVersion7()), """{"params":1}""");
        Assert.That((int)nobodys.StatusCode, Is.EqualTo(404));
    }

    private Task<HttpResponseMessage> PatchAsync(JobId id, string body) =>
        _host.Admin.PatchAsync($"{ApiHost.Jobs}/{id}", HttpWords.Json(body));
}
