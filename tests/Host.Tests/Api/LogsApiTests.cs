using System.Net;
using System.Text.Json;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Api.Logs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The logs of all jobs in one place.</summary>
[Parallelizable]
public sealed class LogsApiTests
{
    private const string Path = "/api/namespaces/default/logs";

    private ApiHost _host = null!;

    /// <summary>The place of the newest line.</summary>
    private long _newest;

    [SetUp]
    public async Task StartAsync() => (_host, _newest) = (await ApiHost.StartAsync(), 0);

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task The_newest_lines_of_running_retrying_and_ended_jobs_are_merged()
    {
        var running = Put(JobState.Running, "a");
        var retrying = Put(JobState.Scheduled, "a");
        var ended = Put(JobState.Failed, "a", endedAt: 60);
        Log(running, 1, "one");
        Log(ended, 2, "two");
        Log(retrying, 3, "three");
        Log(running, 4, "four");
        Assert.That(await MessagesAsync(""), Is.EqualTo(new[] { "one", "two", "three", "four" }));
        Assert.That(await MessagesAsync("?limit=2"), Is.EqualTo(new[] { "three", "four" }));
        var answer = await BodyAsync("?limit=1");
        var line = answer.GetProperty("items")[0];
        Assert.That(line.GetProperty("jobId").GetString(), Is.EqualTo(running.Id.ToString()));
        Assert.That(line.GetProperty("method").GetString(), Is.EqualTo("a"));
        Assert.That(line.GetProperty("handler").GetString(), Is.EqualTo(running.Current!.Handler));
        Assert.That(
            answer.GetProperty("since").GetDateTimeOffset(),
            Is.EqualTo(At(4)).Within(TimeSpan.FromMilliseconds(1))
        );
    }

    [Test]
    public async Task A_job_that_has_run_since_before_the_start_is_read_though_it_has_not_logged_since()
    {
        var job = Put(JobState.Running, "a");
        var before = job with { Current = job.Current! with { AssignedAt = ApiHost.Noon.AddHours(-1) } };
        _host.Broker.Put(new StoredJob(before, default, default));
        lock (_host.Broker.Log)
        {
            _host.Broker.Log.Add((job.Id, new LogEntry(1_000_000, 2, ApiHost.Noon, "information", "before")));
        }

        Assert.That(await MessagesAsync(""), Is.EqualTo(new[] { "before" }));
    }

    [Test]
    public async Task Jobs_of_other_namespaces_are_not_read()
    {
        var other = Put(JobState.Failed, "a", endedAt: 60, ns: "tenant-b");
        Log(other, 1, "secret");
        Assert.That(await MessagesAsync(""), Is.Empty);
    }

    [TestCase("level=warning", "careful,wrong")]
    [TestCase("level=error&q=WRO", "wrong")]
    [TestCase("q=fine", "fine")]
    [TestCase("method=a", "fine,careful")]
    [TestCase("schedule=nightly", "wrong")]
    [TestCase("handler=office-1", "fine,careful")]
    [TestCase("handler=office-2", "wrong")]
    [TestCase("method=none", "")]
    public async Task Lines_are_chosen_by_level_text_method_schedule_and_handler(string query, string messages)
    {
        var first = Put(JobState.Failed, "a", endedAt: 60);
        var second = Put(JobState.Failed, "b", endedAt: 61, handler: "office-2", schedule: "nightly");
        Log(first, 1, "fine");
        Log(first, 2, "careful", "warning");
        Log(second, 3, "wrong", "error");
        Assert.That(
            await MessagesAsync($"?{query}"),
            Is.EqualTo(messages.Split(',', StringSplitOptions.RemoveEmptyEntries))
        );
        using var stream = await SseReader.OpenAsync(_host.Admin, $"{Path}?follow=true&{query}");
        foreach (var message in messages.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.That((await stream.NextAsync()).Data, Does.Contain($"\"message\":\"{message}\""));
        }

        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("since"));
    }

    [Test]
    public async Task A_search_reads_no_job_that_ended_before_the_oldest_line_that_it_needs()
    {
        var old = Put(JobState.Failed, "a", endedAt: 10);
        Log(old, 5, "old");
        var ended = Put(JobState.Failed, "a", endedAt: 60);
        for (var second = 30; second < 40; second++)
        {
            Log(ended, second, "new");
        }

        _host.Broker.LogReads.Clear();
        await MessagesAsync("?limit=10");
        Assert.That(_host.Broker.LogReads, Is.EqualTo(new[] { ended.Id }));
        await MessagesAsync("?limit=11");
        Assert.That(_host.Broker.LogReads, Does.Contain(old.Id));
    }

    [Test]
    public async Task A_filter_chooses_among_all_unfinished_jobs_however_many_others_log()
    {
        var wanted = Put(JobState.Running, "a");
        Log(wanted, 1, "wanted");
        for (var number = 0; number < NewestLines.OpenJobsMax + 1; number++)
        {
            Log(Put(JobState.Running, "b"), 2, "other");
        }

        Assert.That(await MessagesAsync("?method=a"), Is.EqualTo(new[] { "wanted" }));
        var all = await BodyAsync("?level=information&limit=500");
        Assert.That(all.GetProperty("items").GetArrayLength(), Is.EqualTo(NewestLines.OpenJobsMax));
        Assert.That(all.GetProperty("since").GetDateTimeOffset(), Is.GreaterThanOrEqualTo(At(2)));
    }

    [Test]
    public async Task An_answer_says_from_when_on_it_is_whole()
    {
        var quiet = Put(JobState.Failed, "a", endedAt: 60);
        Log(quiet, 1, "wrong", "error");
        var whole = await BodyAsync("?level=error");
        Assert.That(whole.GetProperty("since").GetDateTimeOffset(), Is.EqualTo(_host.Time.GetUtcNow().AddDays(-7)));
        var busy = Put(JobState.Failed, "a", endedAt: 7_200);
        for (var row = 0; row < NewestLines.RowsOfJobMax + 100; row++)
        {
            Log(busy, 1_000 + row, "noise");
        }

        var part = await BodyAsync("?level=error");
        Assert.That(part.GetProperty("items").GetArrayLength(), Is.EqualTo(1), "what was found is given");
        Assert.That(
            part.GetProperty("since").GetDateTimeOffset(),
            Is.EqualTo(At(1_100)).Within(TimeSpan.FromMilliseconds(1))
        );
    }

    [Test]
    public async Task One_search_is_bounded_however_much_there_is()
    {
        for (var number = 0; number < 60; number++)
        {
            var job = Put(JobState.Failed, "a", endedAt: 10_000 + number);
            for (var row = 0; row < NewestLines.RowsOfJobMax; row++)
            {
                Log(job, number + 1, "noise");
            }
        }

        _host.Broker.LogReads.Clear();
        var answer = await BodyAsync("?level=error&limit=500");
        Assert.That(_host.Broker.LogReads, Has.Count.EqualTo(NewestLines.RowsMax / NewestLines.RowsOfJobMax));
        Assert.That(answer.GetProperty("items").GetArrayLength(), Is.Zero);
        Assert.That(answer.GetProperty("since").GetDateTimeOffset(), Is.GreaterThan(At(10_000)));
    }

    [Test]
    public async Task Lines_that_are_long_end_the_answer_early()
    {
        var job = Put(JobState.Failed, "a", endedAt: 10_000);
        for (var row = 0; row < 400; row++)
        {
            Log(job, row, new string('w', Limits.LogMessageLengthMax));
        }

        var answer = await BodyAsync("?limit=500");
        var count = answer.GetProperty("items").GetArrayLength();
        Assert.That(count, Is.EqualTo(Limits.PageBytesMax / (Limits.LogMessageLengthMax * sizeof(char))));
        Assert.That(answer.GetProperty("since").GetDateTimeOffset(), Is.GreaterThanOrEqualTo(At(400 - count - 1)));
    }

    [Test]
    public async Task A_role_that_is_limited_to_methods_sees_lines_of_these_alone()
    {
        var open = Put(JobState.Running, "reports.render");
        var closed = Put(JobState.Running, "mail.send");
        var ended = Put(JobState.Failed, "mail.send", endedAt: 60);
        var role = _host.AddRole(new RoleRule { Permissions = ["jobs:read"], Names = ["reports.*"] });
        using var client = _host.Client(_host.AddKey(role));
        Log(closed, 1, "secret 1");
        Log(ended, 2, "secret 2");
        Log(open, 3, "open 1");
        var answer = await (await client.GetAsync(Path)).BodyAsync();
        Assert.That(MessagesOf(answer), Is.EqualTo(new[] { "open 1" }));
        using var stream = await SseReader.OpenAsync(client, $"{Path}?follow=true");
        Assert.That((await stream.NextAsync()).Data, Does.Contain("open 1"));
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("since"));
        Log(closed, 4, "secret 3");
        Log(open, 5, "open 2");
        Assert.That((await stream.NextAsync()).Data, Does.Contain("open 2"));
    }

    [Test]
    public async Task A_stream_begins_with_the_newest_lines_and_goes_on_with_each_that_comes()
    {
        var job = Put(JobState.Running, "a");
        Log(job, 1, "line 1");
        Log(job, 2, "line 2");
        var twice = Log(job, 3, "line 3");

        using var stream = await SseReader.OpenAsync(_host.Admin, $"{Path}?follow=true&limit=2");
        Assert.That((await stream.NextAsync()).Data, Does.Contain("line 2"));
        var third = await stream.NextAsync();
        Assert.That(third.Data, Does.Contain("line 3"));
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("since"));
        Publish(job, twice); // As a line that is both stored and published.
        Log(job, 4, "line 4");
        Assert.That((await stream.NextAsync()).Data, Does.Contain("line 4"));

        using var resumed = await SseReader.OpenAsync(_host.Admin, $"{Path}?follow=true&limit=1", third.Id);
        Assert.That((await resumed.NextAsync()).Data, Does.Contain("line 4"));
        Log(job, 5, "line 5");
        Assert.That((await resumed.NextAsync()).Data, Does.Contain("line 5"));
    }

    [Test]
    public async Task A_reader_that_resumes_too_late_is_told_that_lines_are_missing()
    {
        var job = Put(JobState.Running, "a");
        Log(job, 1, "line 1");
        using var first = await SseReader.OpenAsync(_host.Admin, $"{Path}?follow=true");
        var id = (await first.NextAsync()).Id;
        for (var row = 0; row < Limits.PageSizeMax + 1; row++)
        {
            Log(job, 2 + row, "later");
        }

        using var resumed = await SseReader.OpenAsync(_host.Admin, $"{Path}?follow=true", id);
        Assert.That((await resumed.NextAsync()).Event, Is.EqualTo("lost"));
        Assert.That((await resumed.NextAsync()).Data, Does.Contain("later"));
    }

    [Test]
    public async Task A_follower_that_does_not_read_loses_lines_and_is_told()
    {
        var job = Put(JobState.Running, "a");
        using var stream = await SseReader.OpenAsync(_host.Admin, $"{Path}?follow=true");
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("since"));
        var message = new string('w', Limits.LogMessageLengthMax);
        for (var row = 0; row < 5_000; row++)
        {
            Log(job, 1, message);
        }

        string? kind;
        do
        {
            kind = (await stream.NextAsync()).Event;
        } while (kind != "lost");

        Log(job, 2, "and on");
        while (!(await stream.NextAsync()).Data!.Contains("and on", StringComparison.Ordinal))
        {
            // Lines that came after the follower had lost its place.
        }
    }

    [Test]
    public async Task A_burst_that_is_longer_than_the_queue_reaches_a_follower_to_its_end()
    {
        var job = Put(JobState.Running, "a");
        using var stream = await SseReader.OpenAsync(_host.Admin, $"{Path}?follow=true");
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("since"));
        for (var row = 0; row < 1_400; row++)
        {
            Log(job, 1, $"line {row}");
        }

        for (var row = 0; row < 1_400; row++)
        {
            Assert.That((await stream.NextAsync()).Data, Does.Contain($"\"line {row}\""));
        }
    }

    [TestCase("after=x", "after")]
    [TestCase("limit=0", "limit")]
    [TestCase("limit=501", "limit")]
    [TestCase("level=loud", "level")]
    [TestCase("method=a%20b", "method")]
    [TestCase("handler=%00", "handler")]
    [TestCase("schedule=*", "schedule")]
    [TestCase("q=", "q")]
    [TestCase("q=a%0Ab", "q")]
    [TestCase("follow=maybe", "follow")]
    [TestCase("lvel=error", "lvel")]
    [TestCase("q=a&q=b", "q")]
    public async Task A_bad_query_is_refused(string query, string parameter)
    {
        using var response = await _host.Admin.GetAsync($"{Path}?{query}");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { parameter }));
    }

    private static DateTimeOffset At(int second) => ApiHost.Noon.AddSeconds(second);

    private async Task<JsonElement> BodyAsync(string query) =>
        await (await _host.Admin.GetAsync(Path + query)).BodyAsync();

    private async Task<IEnumerable<string?>> MessagesAsync(string query) => MessagesOf(await BodyAsync(query));

    private static IEnumerable<string?> MessagesOf(JsonElement answer) =>
        answer.GetProperty("items").EnumerateArray().Select(line => line.GetProperty("message").GetString());

    private Job Put(
        JobState state,
        string method,
        int endedAt = 0,
        string handler = "office-1",
        string? schedule = null,
        string ns = "default"
    )
    {
        var job = SampleJobs.Put(_host, state, ns, handler);
        job = job with
        {
            Spec = job.Spec with { Method = method },
            Occurrence = schedule is null ? null : new Occurrence(default, schedule, 1, ApiHost.Noon),
            FinishedAt = job.IsFinished ? At(endedAt) : null,
        };
        _host.Broker.Put(new StoredJob(job, default, default));
        return job;
    }

    // A line is stored, and published while its job may still log.
    private LogEntry Log(Job job, int second, string message, string level = "information")
    {
        _newest = Math.Max(_newest + 1, (ApiHost.Noon.UtcTicks / 10) + (second * 1_000_000L));
        var line = new LogEntry(_newest, job.Current?.Token ?? 1, At(second), level, message);
        lock (_host.Broker.Log)
        {
            _host.Broker.Log.Add((job.Id, line));
        }

        if (!job.IsFinished)
        {
            Publish(job, line);
        }

        return line;
    }

    private void Publish(Job job, LogEntry line) =>
        _host.Events.Publish(
            new Happened("job.log", job.Namespace, job.Id.ToString(), ApiHost.Noon, job, Lines: [line])
        );
}
