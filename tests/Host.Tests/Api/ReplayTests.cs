using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Replays with params that the replayed job did not have.</summary>
[Parallelizable]
public sealed class ReplayTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [TestCase("""{"params":{"month":"2026-10"}}""", """{"month":"2026-10"}""")]
    [TestCase("""{"params":null}""", "null")]
    [TestCase("{}", "1")]
    public async Task A_replay_may_have_other_params(string request, string expected)
    {
        var job = SampleJobs.Put(_host, JobState.Succeeded);
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/{job.Id}/replay", request);
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("params").GetRawText(), Is.EqualTo(expected));
        Assert.That(body.GetProperty("replayOf").GetString(), Is.EqualTo(job.Id.ToString()));
    }

    [TestCase("""{"parms":1}""", 400)]
    [TestCase("""{"params":"\ud800"}""", 400)]
    [TestCase("{", 400)]
    public async Task A_bad_replay_is_refused(string request, int status)
    {
        var job = SampleJobs.Put(_host, JobState.Failed);
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/{job.Id}/replay", request);
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Params_of_a_replay_that_are_too_large_are_refused()
    {
        var job = SampleJobs.Put(_host, JobState.Failed);
        var request = $$"""{"params":"{{new string('x', 300_000)}}"}""";
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/{job.Id}/replay", request);
        Assert.That((int)response.StatusCode, Is.EqualTo(413));
    }
}
