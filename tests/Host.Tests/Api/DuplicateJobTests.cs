using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The answer to a submission whose deduplication key belongs to an earlier job.</summary>
[Parallelizable]
public sealed class DuplicateJobTests
{
    private const string Keyed = """{"method":"reports.render","deduplicationKey":"k","deduplicationWindow":"P7D"}""";
    private const string Other = "The deduplicationKey belongs to a job of another method.";

    private static readonly JobId First = new(Guid.CreateVersion7(ApiHost.Noon.AddDays(-6)));

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    private static KeyHolder Holder(string method) =>
        new(method, 5, JobState.Failed, ApiHost.Noon.AddDays(-6), ApiHost.Noon.AddDays(-5), 3, "key:first");

    private void Answer(params EnqueuedJob[] jobs) =>
        _host.Broker.Override = input => input is BrokerInput.Enqueue ? new Answer.Enqueued(jobs) : null;

    private static EnqueuedJob Finished(KeyHolder? holder, string? warning = null, bool isRefused = false) =>
        new(First, null, IsNew: false, warning) { Holder = holder, IsRefused = isRefused };

    [TestCase("")]
    [TestCase("?wait=PT1S")]
    public async Task A_job_that_is_kept_no_longer_still_answers_its_key(string wait)
    {
        Answer(Finished(Holder("reports.render")));
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs + wait, Keyed);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("id").GetString(), Is.EqualTo(First.ToString()));
        Assert.That(body.GetProperty("state").GetString(), Is.EqualTo("failed"));
        Assert.That(body.GetProperty("attempts").GetInt32(), Is.EqualTo(3));
        Assert.That(body.GetProperty("createdBy").GetString(), Is.EqualTo("key:first"));
        Assert.That(body.GetProperty("finishedAt").GetDateTimeOffset(), Is.EqualTo(ApiHost.Noon.AddDays(-5)));
        Assert.That(body.GetProperty("warning").GetString(), Does.Contain("kept no longer"));
    }

    [Test]
    public async Task A_key_from_before_anything_was_remembered_of_its_job_is_no_404_either()
    {
        Answer(Finished(null));
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, Keyed);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await response.BodyAsync()).GetProperty("warning").GetString(), Does.Contain("kept no longer"));
    }

    [Test]
    public async Task A_key_whose_job_asks_for_something_else_warns_or_with_strictness_conflicts()
    {
        Answer(Finished(Holder("mail.send"), Other));
        using var warned = await _host.Admin.PostTextAsync(ApiHost.Jobs, Keyed);
        Assert.That(warned.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await warned.BodyAsync()).GetProperty("warning").GetString(), Does.StartWith(Other));
        Answer(Finished(Holder("mail.send"), Other, isRefused: true));
        using var refused = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            Keyed.Insert(1, "\"deduplicationStrict\":true,")
        );
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        var problem = await refused.ProblemAsync();
        Assert.That((problem.Code, problem.Detail), Is.EqualTo((ErrorCodes.Conflict, $"{Other} It is job {First}.")));
        Assert.That(
            _host.Broker.Inputs.OfType<BrokerInput.Enqueue>().Select(input => input.Jobs[0].IsStrict),
            Is.EqualTo(new[] { false, true })
        );
    }

    [Test]
    public async Task In_a_batch_each_job_has_its_own_answer()
    {
        Answer(
            Finished(Holder("mail.send"), Other),
            Finished(Holder("mail.send"), Other, isRefused: true),
            Finished(Holder("reports.render"))
        );
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            $$"""{"jobs":[{{Keyed}},{{Keyed}},{{Keyed}}]}"""
        );
        var items = (await response.BodyAsync()).GetProperty("items").EnumerateArray().ToList();
        Assert.That(items.Select(item => item.GetProperty("status").GetInt32()), Is.EqualTo(new[] { 200, 409, 200 }));
        Assert.That(items[0].GetProperty("warning").GetString(), Is.EqualTo(Other));
        Assert.That(items[1].GetProperty("problem").GetProperty("code").GetString(), Is.EqualTo(ErrorCodes.Conflict));
        Assert.That(items[2].GetProperty("state").GetString(), Is.EqualTo("failed"));
    }

    [Test]
    public async Task A_job_of_a_method_that_the_caller_may_not_see_is_not_shown()
    {
        var role = _host.AddRole(new RoleRule { Permissions = ["jobs:*"], Names = ["reports.*"] });
        using var limited = _host.ClientOf(_host.AddUser("ana", new RoleGrant(role, "default")));
        Answer(Finished(Holder("admin.wipe"), Other));
        using var single = await limited.PostTextAsync(ApiHost.Jobs, Keyed);
        Assert.That(single.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(
            await single.Content.ReadAsStringAsync(),
            Does.Not.Contain(First.ToString()).And.Not.Contain("admin.wipe")
        );
        using var batch = await limited.PostTextAsync($"{ApiHost.Jobs}/batch", $$"""{"jobs":[{{Keyed}}]}""");
        Assert.That(
            await batch.Content.ReadAsStringAsync(),
            Does.Contain("\"status\":409").And.Not.Contain(First.ToString())
        );
    }

    [TestCase("""{"method":"a","deduplicationStrict":true}""")]
    [TestCase("""{"method":"a","deduplicationKey":"k","deduplicationStrict":"yes"}""")]
    public async Task Strictness_without_a_key_or_without_sense_is_refused(string body)
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, body);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await response.ProblemAsync()).Errors, Does.ContainKey("deduplicationStrict"));
    }

    [TestCase("""{"a":1,"b":[2]}""", """{ "a" : 1, "b": [ 2 ] }""", true)]
    [TestCase("""{"a":1}""", """{"a":2}""", false)]
    [TestCase("""{"a":1}""", """{"b":1}""", false)]
    [TestCase("""["ab","c"]""", """["a","bc"]""", false)]
    [TestCase("""["1"]""", """[1]""", false)]
    [TestCase("""[[],1]""", """[[1]]""", false)]
    public void Params_are_compared_as_written_white_space_apart(string one, string other, bool isSame) =>
        Assert.That(ParamsHash.Of(RawJson.Parse(one)) == ParamsHash.Of(RawJson.Parse(other)), Is.EqualTo(isSame));
}
