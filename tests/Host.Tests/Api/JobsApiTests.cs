using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class JobsApiTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_job_is_taken_and_can_be_read_where_Location_says()
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            """{"method":"reports.render","params":{"month":"2026-10"},"tags":["monthly"]}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("state").GetString(), Is.EqualTo("ready"));
        Assert.That(
            response.Headers.Location!.ToString(),
            Is.EqualTo($"{ApiHost.Jobs}/{body.GetProperty("id").GetString()}")
        );

        var read = await (await _host.Admin.GetAsync(response.Headers.Location)).BodyAsync();
        Assert.That(read.GetProperty("params").GetRawText(), Is.EqualTo("""{"month":"2026-10"}"""));
        Assert.That(read.GetProperty("createdBy").GetString(), Is.EqualTo($"key:{_host.AdminKey.Id}"));
        Assert.That(read.GetProperty("retry").GetProperty("maxDelay").GetString(), Is.EqualTo("PT10M"));
        Assert.That(read.GetProperty("tags")[0].GetString(), Is.EqualTo("monthly"));
    }

    [Test]
    public async Task Every_field_arrives_as_it_was_posted()
    {
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            """
            {"method":"m","handler":"h","priority":7,"runAt":"2026-10-02T02:00:00+02:00","startDeadline":"2026-10-03T00:00:00Z","timeout":"PT5M",
             "retry":{"maxAttempts":9,"backoff":"linear","firstDelay":"PT20M","jitter":0},
             "deduplicationKey":"k","deduplicationWindow":"PT1H","concurrency":{"key":"db","limit":4},
             "rateLimit":{"key":"mail","limit":100,"period":"PT1M"},"tags":["a","b"]}
            """
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await response.BodyAsync()).GetProperty("state").GetString(), Is.EqualTo("scheduled"));
        var job = Enqueued().Single();
        Assert.That(job.Params.ToString(), Is.EqualTo("{}"));
        Assert.That(job.RunAt, Is.EqualTo(new DateTimeOffset(2026, 10, 2, 0, 0, 0, TimeSpan.Zero)));
        Assert.That(job.Id.Value.Version, Is.EqualTo(7));
        Assert.That(
            job.Spec with
            {
                Tags = null,
            },
            Is.EqualTo(
                new JobSpec
                {
                    Method = "m",
                    Handler = "h",
                    Priority = 7,
                    StartDeadline = new DateTimeOffset(2026, 10, 3, 0, 0, 0, TimeSpan.Zero),
                    Timeout = TimeSpan.FromMinutes(5),
                    Retry = new RetryPolicy(
                        9,
                        BackoffKind.Linear,
                        TimeSpan.FromMinutes(20),
                        TimeSpan.FromMinutes(20),
                        0
                    ),
                    DeduplicationKey = "k",
                    DeduplicationWindow = TimeSpan.FromHours(1),
                    ParamsHash = ParamsHash.Of(RawJson.Parse("{}")),
                    ConcurrencyKey = "db",
                    ConcurrencyLimit = 4,
                    RateLimit = new RateLimit("mail", 100, TimeSpan.FromMinutes(1)),
                }
            )
        );
        Assert.That(job.Spec.Tags, Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task A_job_is_explained_until_it_has_ended()
    {
        using var posted = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"m"}""");
        var path = $"{ApiHost.Jobs}/{(await posted.BodyAsync()).GetProperty("id").GetString()}";
        var gate = (await (await _host.Admin.GetAsync($"{path}/explain")).BodyAsync()).GetProperty("gates")[0];
        Assert.That(gate.GetProperty("gate").GetString(), Is.EqualTo("noHandler"));
        Assert.That(gate.GetProperty("opensWhen").GetString(), Is.Not.Empty);
        using var cancelled = await _host.Admin.PostTextAsync($"{path}/cancel", "{}");
        Assert.That((await _host.Admin.GetAsync($"{path}/explain")).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(
            (await _host.Admin.GetAsync($"{ApiHost.Jobs}/nonsense/explain")).StatusCode,
            Is.EqualTo(HttpStatusCode.NotFound)
        );
    }

    [Test]
    public async Task Equal_requests_share_one_spec()
    {
        for (var i = 0; i < 2; i++)
        {
            using var response = await _host.Admin.PostTextAsync(
                ApiHost.Jobs,
                $$"""{"method":"m","params":{{i}},"tags":["x"]}"""
            );
        }

        var (first, second) = (Enqueued()[0], Enqueued()[1]);
        Assert.That(second.Spec, Is.SameAs(first.Spec));
        Assert.That(second.Namespace, Is.SameAs(first.Namespace));
        Assert.That(second.CreatedBy, Is.SameAs(first.CreatedBy));
    }

    [Test]
    public async Task A_duplicate_is_answered_with_the_first_job()
    {
        const string Body = """{"method":"m","params":1,"deduplicationKey":"k"}""";
        var first = await (await _host.Admin.PostTextAsync(ApiHost.Jobs, Body)).BodyAsync();
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            """{"method":"m","params":2,"deduplicationKey":"k"}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("id").GetString(), Is.EqualTo(first.GetProperty("id").GetString()));
        Assert.That(body.GetProperty("params").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_warning_is_passed_on()
    {
        using var response = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"nobody.offers"}""");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await response.BodyAsync()).GetProperty("warning").GetString(), Does.Contain("offers"));
    }

    [Test]
    public async Task A_batch_answers_each_job_in_order_and_enqueues_the_valid_ones_at_once()
    {
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/batch",
            $$$"""
            {"jobs":[{"method":"a"},{"method":"b c"},null,{"method":"d","params":"{{{new string('x', 1100)}}}"},
             {"method":"nobody.offers","runAt":"2027-01-01T00:00:00Z"},{"method":"e","retry":{"maxAttempts":0}}]}
            """
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var items = (await response.BodyAsync()).GetProperty("items").EnumerateArray().ToList();
        Assert.That(
            items.Select(item => item.GetProperty("status").GetInt32()),
            Is.EqualTo(new[] { 201, 400, 400, 413, 201, 400 })
        );
        Assert.That(items[0].GetProperty("state").GetString(), Is.EqualTo("ready"));
        Assert.That(
            items[1].GetProperty("problem").GetProperty("errors").TryGetProperty("jobs[1].method", out _),
            Is.True
        );
        Assert.That(items[2].GetProperty("problem").GetProperty("errors").TryGetProperty("jobs[2]", out _), Is.True);
        Assert.That(items[3].GetProperty("problem").GetProperty("code").GetString(), Is.EqualTo(ErrorCodes.TooLarge));
        Assert.That(items[4].GetProperty("state").GetString(), Is.EqualTo("scheduled"));
        Assert.That(items[4].GetProperty("warning").GetString(), Is.Not.Empty);
        Assert.That(
            items[5].GetProperty("problem").GetProperty("errors").TryGetProperty("jobs[5].retry.maxAttempts", out _),
            Is.True
        );
        Assert.That(_host.Broker.Inputs, Has.Count.EqualTo(1));
        Assert.That(Enqueued().Select(job => job.Spec.Method), Is.EqualTo(new[] { "a", "nobody.offers" }));
    }

    [TestCase(0)]
    [TestCase(1001)]
    public async Task A_batch_has_bounds(int count)
    {
        var jobs = string.Join(',', Enumerable.Repeat("""{"method":"a"}""", count));
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/batch", $$"""{"jobs":[{{jobs}}]}""");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "jobs" }));
    }

    [Test]
    public async Task A_scheduled_job_whose_time_has_come_is_shown_as_ready()
    {
        var posted = await (
            await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"a","runAt":"2026-10-01T12:00:10Z"}""")
        ).BodyAsync();
        var path = $"{ApiHost.Jobs}/{posted.GetProperty("id").GetString()}";
        Assert.That(await StateAsync(path), Is.EqualTo("scheduled"));
        _host.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(await StateAsync(path), Is.EqualTo("ready"));
    }

    [Test]
    public async Task A_running_job_is_shown_with_its_progress()
    {
        var job = Put(JobState.Running);
        _host.Broker.State.Progress[job.Id] = (42.5, "half way");
        var body = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}")).BodyAsync();
        Assert.That(body.GetProperty("progressPercent").GetDouble(), Is.EqualTo(42.5));
        Assert.That(body.GetProperty("progressMessage").GetString(), Is.EqualTo("half way"));
        Assert.That(body.GetProperty("handler").GetString(), Is.EqualTo("office-7"));
    }

    [TestCase("")]
    [TestCase("/attempts")]
    [TestCase("/logs")]
    public async Task A_job_of_another_namespace_and_one_that_never_was_look_alike(string part)
    {
        var job = Put(JobState.Succeeded, "tenant-b");
        foreach (var id in new[] { job.Id.ToString(), Guid.NewGuid().ToString(), "nonsense" })
        {
            using var response = await _host.Admin.GetAsync($"{ApiHost.Jobs}/{id}{part}");
            Assert.That((await response.ProblemAsync()).Detail, Is.EqualTo("There is no such job in this namespace."));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        }
    }

    [Test]
    public async Task The_list_passes_every_filter_on_and_pages()
    {
        for (var i = 0; i < 3; i++)
        {
            Put(JobState.Ready);
        }

        var query =
            "?state=ready&method=m&handler=h&group=g&tag=t&schedule=s&from=2026-09-01T00:00:00Z&to=2026-11-01&"
            + "q=text&limit=2";
        var first = await (await _host.Admin.GetAsync(ApiHost.Jobs + query)).BodyAsync();
        Assert.That(first.GetProperty("items").GetArrayLength(), Is.Zero, "the fake applies the schedule filter");
        Assert.That(
            _host.Broker.LastJobSearch,
            Is.EqualTo(
                new JobSearch
                {
                    Namespace = "default",
                    Limit = 2,
                    Now = _host.Time.GetUtcNow(),
                    State = JobState.Ready,
                    Method = "m",
                    Handler = "h",
                    Group = "g",
                    Tag = "t",
                    Schedule = "s",
                    From = new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero),
                    To = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero),
                    Text = "text",
                }
            )
        );

        var page = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}?limit=2")).BodyAsync();
        Assert.That(page.GetProperty("items").GetArrayLength(), Is.EqualTo(2));
        var next = await (
            await _host.Admin.GetAsync($"{ApiHost.Jobs}?limit=2&cursor={page.GetProperty("nextCursor").GetString()}")
        ).BodyAsync();
        Assert.That(next.GetProperty("items").GetArrayLength(), Is.EqualTo(1));
        Assert.That(next.TryGetProperty("nextCursor", out _), Is.False);
    }

    [TestCase("?include=params", true, false)]
    [TestCase("?include=result", false, true)]
    [TestCase("?include=params,result", true, true)]
    [TestCase("", false, false)]
    public async Task A_list_shows_the_bodies_that_are_asked_for(string query, bool hasParams, bool hasResult)
    {
        var job = Put(JobState.Succeeded);
        var item = (await (await _host.Admin.GetAsync(ApiHost.Jobs + query)).BodyAsync())
            .GetProperty("items")
            .EnumerateArray()
            .Single();
        Assert.That(
            (item.TryGetProperty("params", out _), item.TryGetProperty("result", out _)),
            Is.EqualTo((hasParams, hasResult))
        );
        var whole = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}")).BodyAsync();
        Assert.That(
            (whole.TryGetProperty("params", out _), whole.TryGetProperty("result", out _)),
            Is.EqualTo((true, true))
        );
    }

    [TestCase("?include=all")]
    [TestCase("?include=")]
    [TestCase("?include=params,,result")]
    public async Task Unknown_bodies_are_refused(string query)
    {
        using var response = await _host.Admin.GetAsync(ApiHost.Jobs + query);
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "include" }));
    }

    [TestCase("", false)]
    [TestCase("&include=params", true)]
    public async Task Running_jobs_show_params_if_asked_for(string query, bool hasParams)
    {
        Put(JobState.Running);
        var item = (await (await _host.Admin.GetAsync($"{ApiHost.Jobs}?state=running{query}")).BodyAsync())
            .GetProperty("items")
            .EnumerateArray()
            .Single();
        Assert.That(item.TryGetProperty("params", out _), Is.EqualTo(hasParams));
    }

    [Test]
    public async Task Running_jobs_are_listed_newest_first_from_the_loop()
    {
        var jobs = Enumerable.Range(0, 3).Select(_ => Put(JobState.Running)).ToList();
        Put(JobState.Ready);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var place = cursor is null ? "" : $"&cursor={cursor}";
            var page = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}?state=running&limit=2{place}")).BodyAsync();
            seen.AddRange(
                page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!)
            );
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        } while (cursor is not null);

        Assert.That(seen, Is.EqualTo(jobs.Select(job => job.Id).OrderDescending().Select(id => id.ToString())));
        var none = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}?state=running&method=other")).BodyAsync();
        Assert.That(none.GetProperty("items").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Cancelling_passes_the_grace_on()
    {
        var job = Put(JobState.Running);
        using var response = await _host.Admin.PostTextAsync($"{ApiHost.Jobs}/{job.Id}/cancel", """{"grace":"PT3S"}""");
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("state").GetString(), Is.EqualTo("cancelled"));
        Assert.That(body.GetProperty("params").GetInt32(), Is.EqualTo(1));
        Assert.That(
            _host.Broker.Inputs.OfType<BrokerInput.CancelJob>().Single().Grace,
            Is.EqualTo(TimeSpan.FromSeconds(3))
        );
    }

    [Test]
    public async Task Cancelling_needs_no_body()
    {
        var job = Put(JobState.Ready);
        using var response = await _host.Admin.PostAsync($"{ApiHost.Jobs}/{job.Id}/cancel", null);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_host.Broker.Inputs.OfType<BrokerInput.CancelJob>().Single().Grace, Is.Null);
    }

    [Test]
    public async Task A_grace_has_bounds()
    {
        using var response = await _host.Admin.PostTextAsync(
            $"{ApiHost.Jobs}/{Guid.NewGuid()}/cancel",
            """{"grace":"PT2H"}"""
        );
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { "grace" }));
    }

    [TestCase("cancel")]
    [TestCase("retry")]
    public async Task Acting_on_a_finished_job_is_a_conflict_and_on_none_not_found(string action)
    {
        var job = Put(JobState.Succeeded);
        using var ended = await _host.Admin.PostAsync($"{ApiHost.Jobs}/{job.Id}/{action}", null);
        Assert.That((await ended.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.Conflict));
        using var none = await _host.Admin.PostAsync($"{ApiHost.Jobs}/{Guid.NewGuid()}/{action}", null);
        Assert.That((await none.ProblemAsync()).Code, Is.EqualTo(ErrorCodes.NotFound));
    }

    [Test]
    public async Task Retrying_answers_the_job()
    {
        var job = Put(JobState.Scheduled);
        using var response = await _host.Admin.PostAsync($"{ApiHost.Jobs}/{job.Id}/retry", null);
        Assert.That((await response.BodyAsync()).GetProperty("state").GetString(), Is.EqualTo("ready"));
    }

    [Test]
    public async Task A_replay_is_a_new_job_that_names_the_old_one()
    {
        var job = Put(JobState.Failed);
        using var response = await _host.Admin.PostAsync($"{ApiHost.Jobs}/{job.Id}/replay", null);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var body = await response.BodyAsync();
        Assert.That(body.GetProperty("replayOf").GetString(), Is.EqualTo(job.Id.ToString()));
        Assert.That(body.GetProperty("params").GetInt32(), Is.EqualTo(1));
        Assert.That(body.GetProperty("id").GetString(), Is.Not.EqualTo(job.Id.ToString()));
    }

    [Test]
    public async Task An_unfinished_job_cannot_be_replayed()
    {
        using var response = await _host.Admin.PostAsync($"{ApiHost.Jobs}/{Put(JobState.Running).Id}/replay", null);
        Assert.That((await response.ProblemAsync()).Status, Is.EqualTo(409));
    }

    [Test]
    public async Task Attempts_are_listed_oldest_first_with_their_outcomes()
    {
        var job = Put(JobState.Succeeded);
        var items = (await (await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}/attempts")).BodyAsync())
            .GetProperty("items")
            .EnumerateArray()
            .ToList();
        Assert.That(
            items.Select(item => item.GetProperty("outcome").GetString()),
            Is.EqualTo(new[] { "failed", "succeeded" })
        );
        Assert.That(items[0].GetProperty("attemptId").GetString(), Is.EqualTo($"{job.Id}.1"));
        Assert.That(items[0].GetProperty("error").GetProperty("type").GetString(), Is.EqualTo("Boom"));
        Assert.That(items[0].TryGetProperty("result", out _), Is.False);
        Assert.That(items[1].GetProperty("result").GetRawText(), Is.EqualTo("""{"pages":12}"""));
    }

    private async Task<string?> StateAsync(string path) =>
        (await (await _host.Admin.GetAsync(path)).BodyAsync()).GetProperty("state").GetString();

    private List<NewJob> Enqueued() =>
        [.. _host.Broker.Inputs.OfType<BrokerInput.Enqueue>().SelectMany(enqueue => enqueue.Jobs)];

    private Job Put(JobState state, string ns = "default") => SampleJobs.Put(_host, state, ns);
}

internal static class SampleJobs
{
    /// <summary>
    /// Makes a job in the given state, after a failed attempt and, where the state has one, a second attempt.
    /// </summary>
    public static Job Put(
        ApiHost host,
        JobState state,
        string ns = "default",
        string handler = "office-7",
        AttemptError? error = null
    )
    {
        var attempt = new Attempt
        {
            Token = 1,
            Number = 1,
            Handler = handler,
            Instance = "i",
            Session = "s",
            AssignedAt = ApiHost.Noon,
            StartedAt = ApiHost.Noon,
            FinishedAt = ApiHost.Noon.AddSeconds(1),
            Outcome = AttemptOutcome.Failed,
            Error = error ?? new AttemptError { Type = "Boom", Message = "It broke" },
        };
        var second = attempt with
        {
            Token = 2,
            Number = 2,
            FinishedAt = ApiHost.Noon.AddSeconds(2),
            Outcome = AttemptOutcome.Succeeded,
            Error = null,
        };
        var job = new Job
        {
            Id = new JobId(Guid.CreateVersion7(host.Time.GetUtcNow())),
            Namespace = ns,
            Spec = new JobSpec { Method = "reports.render" },
            State = state,
            RunAt = ApiHost.Noon,
            EnqueuedAt = ApiHost.Noon,
            CreatedBy = "test",
            AttemptsUsed = 2,
            Ended = state == JobState.Succeeded ? [attempt, second] : [attempt],
            Current = state == JobState.Running ? second with { Outcome = null, FinishedAt = null } : null,
            FinishedAt = state is JobState.Succeeded or JobState.Failed ? ApiHost.Noon.AddSeconds(2) : null,
        };
        host.Time.Advance(TimeSpan.FromMilliseconds(2));
        host.Broker.Put(
            new StoredJob(
                job,
                RawJson.Parse("1"),
                state == JobState.Succeeded ? RawJson.Parse("""{"pages":12}""") : default
            )
        );
        return job;
    }
}
