using System.Net;
using System.Text;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Clients;

/// <summary>A client that gathers the jobs of concurrent calls, over a handler that holds each request.</summary>
[Parallelizable]
public sealed class GatheredJobsTests
{
    private HeldHandler _handler = null!;
    private ScheduleZeroClient _client = null!;

    [SetUp]
    public void Start() => _client = Client(new ScheduleZeroClientOptions { GathersJobs = true });

    [TearDown]
    public void Stop()
    {
        _client.Dispose();
        _handler.Dispose();
    }

    private ScheduleZeroClient Client(ScheduleZeroClientOptions options) => new(options, _handler = new HeldHandler());

    private Task<JobView> EnqueueAsync(string method, CancellationToken cancellationToken = default) =>
        _client.Jobs.EnqueueAsync(new JobRequest { Method = method }, cancellationToken);

    // Two requests that are under way, so that further jobs wait.
    private async Task<HeldRequest[]> FillAsync()
    {
        _ = EnqueueAsync("first");
        _ = EnqueueAsync("second");
        return [await _handler.NextAsync(), await _handler.NextAsync()];
    }

    private async Task<HeldRequest> GatherAsync(HeldRequest[] underWay)
    {
        underWay[0].Accept();
        var gathered = await _handler.NextAsync();
        Assert.That(gathered.IsGathered, Is.True);
        return gathered;
    }

    private static ScheduleZeroException Failure(Task<JobView> call) =>
        Assert.ThrowsAsync<ScheduleZeroException>(() => call.WaitAsync(TimeSpan.FromSeconds(30)))!;

    [Test]
    public async Task A_lone_call_goes_out_at_once_and_as_it_always_did()
    {
        for (var i = 0; i < 3; i++)
        {
            var call = EnqueueAsync("reports.render");
            var request = await _handler.NextAsync();
            Assert.That(
                (request.Path, request.Body),
                Is.EqualTo(("/api/namespaces/default/jobs", """{"method":"reports.render"}"""))
            );
            request.Accept();
            Assert.That((await call).Method, Is.EqualTo("reports.render"));
        }
    }

    [Test]
    public async Task Calls_that_find_two_requests_under_way_share_the_next_one_in_their_order()
    {
        var underWay = await FillAsync();
        var calls = Enumerable.Range(0, 20).Select(i => EnqueueAsync($"m{i}")).ToArray();
        Assert.That(_handler.Waiting, Is.Zero, "nothing goes out while two requests are under way");
        var gathered = await GatherAsync(underWay);
        Assert.That(gathered.Methods, Is.EqualTo(Enumerable.Range(0, 20).Select(i => $"m{i}")));
        gathered.Accept();
        Assert.That((await Task.WhenAll(calls)).Select(job => job.Method), Is.EqualTo(gathered.Methods));
    }

    [Test]
    public async Task Each_call_has_its_own_answer_as_if_it_had_been_alone()
    {
        var underWay = await FillAsync();
        var made = _client.Jobs.EnqueueAsync(
            new JobRequest { Method = "made", Params = RawJson.Parse("""{ "n": 1 }""") }
        );
        var bare = EnqueueAsync("bare");
        var refused = EnqueueAsync("refused");
        var limited = EnqueueAsync("limited");
        var duplicate = EnqueueAsync("duplicate");
        var full = HeldRequest.Problem(429, ErrorCodes.RateLimited);
        var gathered = await GatherAsync(underWay);
        gathered.Respond(
            HttpStatusCode.OK,
            HeldRequest.Items(
                HeldRequest.Made("made"),
                HeldRequest.Made("bare"),
                $$"""{"status":400,"problem":{{HeldRequest.Problem(400, ErrorCodes.Invalid)}}}""",
                $$"""{"status":429,"problem":{{full}},"retryAfterSeconds":10}""",
                $$"""{"status":200,"job":{{HeldRequest.Job("first")}}}"""
            )
        );
        Assert.That((await made).Params.ToString(), Is.EqualTo("""{ "n": 1 }"""));
        Assert.That((await bare).Params.ToString(), Is.EqualTo("{}"));
        Assert.That((await duplicate).Method, Is.EqualTo("first"));
        Assert.That(
            (Failure(refused).Status, Failure(refused).Code, Failure(refused).Problem!.Errors!.Keys.Single()),
            Is.EqualTo((HttpStatusCode.BadRequest, ErrorCodes.Invalid, "priority"))
        );
        Assert.That(Failure(limited).RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(10)));
        Assert.That(Failure(limited).Message, Does.EndWith("Try again in 10 s."));
    }

    [TestCase(false)]
    [TestCase(null)]
    public async Task Without_gathering_each_call_is_a_request_and_so_it_is_with_a_handler_of_ones_own(bool? gathers)
    {
        _client.Dispose();
        _client = Client(new ScheduleZeroClientOptions { GathersJobs = gathers });
        var calls = Enumerable.Range(0, 5).Select(i => EnqueueAsync($"m{i}")).ToArray();
        for (var i = 0; i < 5; i++)
        {
            var request = await _handler.NextAsync();
            Assert.That(request.IsGathered, Is.False);
            request.Accept();
        }

        await Task.WhenAll(calls);
    }

    [Test]
    public async Task A_call_that_is_cancelled_before_its_request_is_not_sent_and_hurts_nobody()
    {
        var underWay = await FillAsync();
        using var cancel = new CancellationTokenSource();
        var (before, cancelled, after) = (EnqueueAsync("a"), EnqueueAsync("b", cancel.Token), EnqueueAsync("c"));
        await cancel.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => cancelled);
        var gathered = await GatherAsync(underWay);
        Assert.That(gathered.Methods, Is.EqualTo(new[] { "a", "c" }));
        gathered.Accept();
        Assert.That((await before).Method + (await after).Method, Is.EqualTo("ac"));
    }

    [Test]
    public async Task A_call_that_is_cancelled_under_way_hurts_nobody()
    {
        var underWay = await FillAsync();
        using var cancel = new CancellationTokenSource();
        var (cancelled, other) = (EnqueueAsync("a", cancel.Token), EnqueueAsync("b"));
        var gathered = await GatherAsync(underWay);
        await cancel.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => cancelled);
        gathered.Accept();
        Assert.That((await other).Method, Is.EqualTo("b"));
    }

    private static readonly TestCaseData[] Failures =
    [
        new(HttpStatusCode.Unauthorized, HeldRequest.Problem(401, ErrorCodes.Revoked)),
        new(HttpStatusCode.TooManyRequests, HeldRequest.Problem(429, ErrorCodes.RateLimited)),
        new(HttpStatusCode.ServiceUnavailable, HeldRequest.Problem(503, ErrorCodes.Unavailable)),
        new(HttpStatusCode.InsufficientStorage, HeldRequest.Problem(507, ErrorCodes.StorageFull)),
    ];

    [TestCaseSource(nameof(Failures))]
    public async Task A_request_that_fails_fails_each_of_its_calls_as_it_would_a_call_alone(
        HttpStatusCode status,
        string problem
    )
    {
        var alone = EnqueueAsync("alone");
        (await _handler.NextAsync()).Respond(status, problem, "application/problem+json", retryAfter: 7);
        var expected = Failure(alone);

        var underWay = await FillAsync();
        var calls = Enumerable.Range(0, 3).Select(i => EnqueueAsync($"m{i}")).ToArray();
        (await GatherAsync(underWay)).Respond(status, problem, "application/problem+json", retryAfter: 7);
        var failures = Array.ConvertAll(calls, Failure);
        Assert.That(
            failures.Select(e => (e.Status, e.Code, e.Problem!.Detail, e.RetryAfter, e.Message)),
            Is.All.EqualTo(
                (expected.Status, expected.Code, expected.Problem!.Detail, expected.RetryAfter, expected.Message)
            )
        );
        Assert.That(failures.Distinct().Count(), Is.EqualTo(3), "each caller has an exception of its own");
    }

    [Test]
    public async Task A_broker_that_cannot_be_reached_fails_each_call_as_it_would_a_call_alone()
    {
        var underWay = await FillAsync();
        var calls = Enumerable.Range(0, 3).Select(i => EnqueueAsync($"m{i}")).ToArray();
        (await GatherAsync(underWay)).Answer.SetException(new HttpRequestException("refused"));
        foreach (var failure in calls.Select(Failure))
        {
            Assert.That((failure.Status, failure.Code), Is.EqualTo(((HttpStatusCode?)null, ErrorCodes.Unavailable)));
            Assert.That(failure.Message, Does.Contain("cannot be reached: refused."));
        }

        var next = EnqueueAsync("next");
        (await _handler.NextAsync()).Accept();
        Assert.That((await next).Method, Is.EqualTo("next"), "the request that failed is not under way any more");
    }

    [Test]
    public async Task A_call_waits_no_longer_than_its_limit_and_is_then_not_sent()
    {
        _client.Dispose();
        _client = Client(
            new ScheduleZeroClientOptions { GathersJobs = true, Timeout = TimeSpan.FromMilliseconds(300) }
        );
        await FillAsync();
        var failure = Failure(EnqueueAsync("late"));
        Assert.That((failure.Status, failure.Code), Is.EqualTo(((HttpStatusCode?)null, ErrorCodes.Unavailable)));
        Assert.That(failure.Message, Does.Contain("/jobs did not answer within"));
    }

    [Test]
    public async Task A_request_has_at_most_a_thousand_jobs()
    {
        var underWay = await FillAsync();
        var calls = Enumerable.Range(0, 1_001).Select(i => EnqueueAsync($"m{i}")).ToArray();
        var gathered = await GatherAsync(underWay);
        Assert.That(gathered.Methods, Has.Count.EqualTo(1_000));
        gathered.Accept();
        var last = await _handler.NextAsync();
        Assert.That(last.Methods, Is.EqualTo(new[] { "m1000" }));
        last.Accept();
        await Task.WhenAll(calls);
    }

    [Test]
    public async Task A_request_stays_below_the_size_from_which_bodies_are_limited()
    {
        var underWay = await FillAsync();
        var parameters = RawJson.From(new string('x', 50_000));
        var calls = Enumerable
            .Range(0, 12)
            .Select(i => _client.Jobs.EnqueueAsync(new JobRequest { Method = $"m{i}", Params = parameters }))
            .ToArray();
        var next = await GatherAsync(underWay);
        for (var left = 12; ; next = await _handler.NextAsync())
        {
            Assert.That(Encoding.UTF8.GetByteCount(next.Body), Is.LessThanOrEqualTo(Limits.SmallBodyBytesMax));
            left -= next.Methods.Count;
            next.Accept();
            if (left == 0)
            {
                break;
            }
        }

        await Task.WhenAll(calls);
    }

    private static readonly JobRequest[] Lonely =
    [
        new() { Method = "a", After = ["0198c0de-0000-7000-8000-0000000000ff"] },
        new() { Method = "a", Ref = "r" },
        new() { Method = "a", Params = RawJson.From(new string('x', Limits.SmallBodyBytesMax)) },
        new() { Method = "a", Params = new RawJson(Encoding.UTF8.GetBytes(new string('[', 62) + new string(']', 62))) },
        new() { Method = "a", Params = new RawJson("{}},{\"method\":\"b\""u8.ToArray()) },
    ];

    [TestCaseSource(nameof(Lonely))]
    public async Task A_job_that_cannot_share_a_request_goes_out_at_once_alone(JobRequest job)
    {
        await FillAsync();
        _ = _client.Jobs.EnqueueAsync(job);
        Assert.That((await _handler.NextAsync()).IsGathered, Is.False);
    }

    [TestCase(400, "separate", true)]
    [TestCase(400, "jobs[0].params", false)]
    [TestCase(405, null, true)]
    [TestCase(413, null, true)]
    public async Task A_request_that_is_refused_unread_is_made_again_by_a_request_for_each_job(
        int status,
        string? path,
        bool goesOnAlone
    )
    {
        var underWay = await FillAsync();
        var calls = new[] { EnqueueAsync("a"), EnqueueAsync("b") };
        var gathered = await GatherAsync(underWay);
        gathered.Respond(
            (HttpStatusCode)status,
            path is null ? "<html>" : HeldRequest.Problem(status, ErrorCodes.Invalid, path),
            path is null ? "text/html" : "application/problem+json"
        );
        for (var i = 0; i < 2; i++)
        {
            var alone = await _handler.NextAsync();
            Assert.That(alone.IsGathered, Is.False);
            alone.Accept();
        }

        await Task.WhenAll(calls);
        underWay = goesOnAlone ? [] : [underWay[1], .. await OneMoreAsync()];
        _ = EnqueueAsync("c");
        if (goesOnAlone)
        {
            _ = EnqueueAsync("d");
            Assert.That((await _handler.NextAsync()).IsGathered || (await _handler.NextAsync()).IsGathered, Is.False);
        }
        else
        {
            _ = EnqueueAsync("d");
            Assert.That((await GatherAsync(underWay)).Methods, Is.EqualTo(new[] { "c", "d" }));
        }
    }

    private async Task<HeldRequest[]> OneMoreAsync()
    {
        _ = EnqueueAsync("one more");
        return [await _handler.NextAsync()];
    }

    [Test]
    public async Task A_job_that_the_broker_did_not_check_is_posted_alone()
    {
        var underWay = await FillAsync();
        var (checkedJob, other) = (EnqueueAsync("a"), EnqueueAsync("b"));
        var problem = HeldRequest.Problem(503, ErrorCodes.Unavailable);
        (await GatherAsync(underWay)).Respond(
            HttpStatusCode.OK,
            HeldRequest.Items(HeldRequest.Made("a"), $$"""{"status":503,"problem":{{problem}},"retryAfterSeconds":0}""")
        );
        Assert.That((await checkedJob).Method, Is.EqualTo("a"));
        var alone = await _handler.NextAsync();
        Assert.That((alone.IsGathered, alone.Methods.Single()), Is.EqualTo((false, "b")));
        alone.Accept();
        Assert.That((await other).Method, Is.EqualTo("b"));
    }

    [TestCase("""{"items":[]}""")]
    [TestCase("""{"items":[{"status":201},{"status":201}]}""")]
    [TestCase("<html>")]
    public async Task An_answer_that_is_no_brokers_fails_each_call(string body)
    {
        var underWay = await FillAsync();
        var calls = new[] { EnqueueAsync("a"), EnqueueAsync("b") };
        (await GatherAsync(underWay)).Respond(HttpStatusCode.OK, body);
        Assert.That(calls.Select(call => Failure(call).Code), Is.All.EqualTo(ErrorCodes.Invalid));
    }

    [Test]
    public async Task A_result_that_is_nested_deeply_is_read_in_a_shared_answer_too()
    {
        var underWay = await FillAsync();
        var calls = new[] { EnqueueAsync("a"), EnqueueAsync("b") };
        var deep = new string('[', 62) + new string(']', 62);
        var first = HeldRequest.Job("first").Insert(1, $"\"result\":{deep},");
        (await GatherAsync(underWay)).Respond(
            HttpStatusCode.OK,
            HeldRequest.Items($$"""{"status":200,"job":{{first}}}""", HeldRequest.Made("b"))
        );
        Assert.That((await calls[0]).Result.ToString(), Is.EqualTo(deep));
    }

    [Test]
    public async Task A_client_that_is_disposed_leaves_no_call_without_an_answer()
    {
        await FillAsync();
        var calls = Enumerable.Range(0, 3).Select(i => EnqueueAsync($"m{i}")).ToArray();
        _client.Dispose();
        foreach (var call in calls)
        {
            Assert.CatchAsync(() => call.WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.That(call.IsCompleted, Is.True);
        }
    }
}
