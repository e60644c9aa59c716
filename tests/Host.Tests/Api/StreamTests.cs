using System.Net;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed class StreamTests
{
    private const string EventsPath = "/api/namespaces/default/events";

    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() =>
        _host = await ApiHost.StartAsync(new EventStream(eventsHeld: 4, listenerQueueMax: 4));

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Events_of_the_namespace_arrive_with_ids()
    {
        using var stream = await SseReader.OpenAsync(_host.Admin, EventsPath);
        Publish("job.succeeded", ns: "tenant-b");
        Publish("job.log");
        Publish("handler.online");
        var frame = await stream.NextAsync();
        Assert.That(frame.Event, Is.EqualTo("handler.online"));
        Assert.That(frame.Data, Does.Contain("\"subject\":\"it\"").And.Contain($"\"id\":\"{frame.Id}\""));
        Assert.That(stream.Response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
    }

    [Test]
    public async Task A_stream_resumes_after_the_last_event_that_was_seen()
    {
        string id;
        using (var stream = await SseReader.OpenAsync(_host.Admin, EventsPath))
        {
            Publish("one");
            id = (await stream.NextAsync()).Id!;
        }

        Publish("two");
        Publish("three");
        using var resumed = await SseReader.OpenAsync(_host.Admin, EventsPath, id);
        Assert.That((await resumed.NextAsync()).Event, Is.EqualTo("two"));
        Assert.That((await resumed.NextAsync()).Event, Is.EqualTo("three"));
    }

    [Test]
    public async Task Who_resumes_too_late_is_told_that_events_are_lost()
    {
        string id;
        using (var stream = await SseReader.OpenAsync(_host.Admin, EventsPath))
        {
            Publish("one");
            id = (await stream.NextAsync()).Id!;
        }

        for (var i = 0; i < 5; i++)
        {
            Publish("later");
        }

        using var resumed = await SseReader.OpenAsync(_host.Admin, EventsPath, id);
        Assert.That((await resumed.NextAsync()).Event, Is.EqualTo("lost"));
        Assert.That((await resumed.NextAsync()).Event, Is.EqualTo("later"));
    }

    [TestCase("0-3")]
    [TestCase("nonsense")]
    public async Task An_id_of_another_start_loses_its_place(string id)
    {
        Publish("one");
        using var stream = await SseReader.OpenAsync(_host.Admin, EventsPath, id);
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("lost"));
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("one"));
    }

    [Test]
    public async Task A_stream_begins_with_the_newest_events_when_it_is_asked_to()
    {
        foreach (var type in new[] { "one", "job.log", "two", "three" })
        {
            Publish(type);
        }

        using var stream = await SseReader.OpenAsync(_host.Admin, $"{EventsPath}?last=2");
        Publish("now");
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("two"));
        var last = await stream.NextAsync();
        Assert.That(last.Event, Is.EqualTo("three"));
        var since = await stream.NextAsync();
        Assert.That(since.Event, Is.EqualTo("since"));
        Assert.That(since.Id, Is.Null, "a reader's place stays");
        Assert.That(since.Data, Does.StartWith("{\"since\":\"20"));
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("now"));
        using var resumed = await SseReader.OpenAsync(_host.Admin, $"{EventsPath}?last=2", last.Id);
        Assert.That((await resumed.NextAsync()).Event, Is.EqualTo("now"), "the place goes before");
    }

    [Test]
    public async Task A_stream_whose_memory_was_too_short_says_since_when_it_has_all()
    {
        for (var i = 0; i < 5; i++)
        {
            Publish("job.ready");
        }

        using var stream = await SseReader.OpenAsync(_host.Admin, $"{EventsPath}?last=1");
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("job.ready"));
        Assert.That((await stream.NextAsync()).Data, Is.EqualTo("""{"since":"2026-10-01T12:00:00+00:00"}"""));
    }

    [TestCase("type=job", "1")]
    [TestCase("type=job.failed", "1")]
    [TestCase("type=handler&type=schedule.fired", "2,3")]
    [TestCase("method=a", "1")]
    [TestCase("handler=office-1", "1,2")]
    [TestCase("schedule=nightly", "1,3")]
    [TestCase("schedule=nightly&type=job", "1")]
    [TestCase("job=JOB", "1")]
    [TestCase("method=other", "")]
    public async Task Events_are_chosen_by_type_method_handler_schedule_and_job(string query, string chosen)
    {
        var job = SampleJobs.Put(_host, JobState.Failed);
        job = job with
        {
            Spec = job.Spec with { Method = "a" },
            Occurrence = new Occurrence(default, "nightly", 1, ApiHost.Noon),
        };
        var path = $"{EventsPath}?{query.Replace("JOB", job.Id.ToString(), StringComparison.Ordinal)}";
        using var live = await SseReader.OpenAsync(_host.Admin, path);
        _host.Events.Publish(new("job.failed", "default", job.Id.ToString(), ApiHost.Noon, job, "office-1", "1"));
        _host.Events.Publish(new("handler.online", "default", "office-1", ApiHost.Noon, null, "office-1", "2"));
        _host.Events.Publish(new("schedule.fired", "default", "nightly", ApiHost.Noon, Detail: "3"));
        using var late = await SseReader.OpenAsync(_host.Admin, $"{path}&last=9");
        foreach (var detail in chosen.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.That((await live.NextAsync()).Data, Does.Contain($"\"detail\":\"{detail}\""));
            Assert.That((await late.NextAsync()).Data, Does.Contain($"\"detail\":\"{detail}\""));
        }

        Assert.That((await late.NextAsync()).Event, Is.EqualTo("since"));
    }

    [TestCase("type=jobs", "type")]
    [TestCase("type=job.fialed", "type")]
    [TestCase("type=job.log", "type")]
    [TestCase("type=", "type")]
    [TestCase("method=a%20b", "method")]
    [TestCase("handler=*", "handler")]
    [TestCase("schedule=%00", "schedule")]
    [TestCase("job=1", "job")]
    [TestCase("last=0", "last")]
    [TestCase("last=501", "last")]
    [TestCase("last=x", "last")]
    [TestCase("since=1", "since")]
    [TestCase("last=1&last=2", "last")]
    public async Task A_bad_event_query_is_refused(string query, string parameter)
    {
        using var response = await _host.Admin.GetAsync($"{EventsPath}?{query}");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { parameter }));
    }

    [Test]
    public async Task An_idle_stream_is_kept_alive()
    {
        using var stream = await SseReader.OpenAsync(_host.Admin, EventsPath);
        var comment = stream.NextCommentAsync();
        while (!comment.IsCompleted)
        {
            _host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.That(await comment, Is.EqualTo("keep-alive"));
        Assert.That(_host.Time.GetUtcNow(), Is.GreaterThanOrEqualTo(ApiHost.Noon.AddSeconds(15)));
    }

    [Test]
    public async Task Revoking_the_key_ends_its_streams()
    {
        var key = _host.AddKey(Roles.Viewer);
        using var client = _host.Client(key);
        using var stream = await SseReader.OpenAsync(client, EventsPath);
        using var revoked = await _host.Admin.DeleteAsync($"/api/namespaces/default/keys/{key.Id}");
        Assert.That(revoked.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        var end = stream.EndAsync();
        while (!end.IsCompleted)
        {
            _host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await end;
    }

    [Test]
    public async Task Log_lines_are_paged()
    {
        var job = SampleJobs.Put(_host, JobState.Succeeded);
        AddLines(job, (1, 1), (2, 1), (3, 2));
        var page = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}/logs?limit=2")).BodyAsync();
        Assert.That(
            page.GetProperty("items").EnumerateArray().Select(line => line.GetProperty("sequence").GetInt64()),
            Is.EqualTo(new[] { 1L, 2 })
        );
        var next = await (
            await _host.Admin.GetAsync(
                $"{ApiHost.Jobs}/{job.Id}/logs?limit=2&after={page.GetProperty("nextCursor").GetString()}"
            )
        ).BodyAsync();
        Assert.That(next.GetProperty("items")[0].GetProperty("message").GetString(), Is.EqualTo("line 3"));
        Assert.That(next.TryGetProperty("nextCursor", out _), Is.False);
    }

    [Test]
    public async Task A_lines_sequence_is_a_number_that_every_reader_holds_and_goes_on_from()
    {
        const long Exact = 1L << 53;
        var job = SampleJobs.Put(_host, JobState.Succeeded);
        var first = ApiHost.Noon.UtcTicks / 10; // Core numbers log lines like this.
        lock (_host.Broker.Log)
        {
            _host.Broker.Log.AddRange(
                Enumerable
                    .Range(0, 3)
                    .Select(i => (job.Id, new LogEntry(first + i, 1, ApiHost.Noon, "information", $"line {i}")))
            );
        }

        var page = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}/logs?limit=2")).BodyAsync();
        var sequences = page.GetProperty("items")
            .EnumerateArray()
            .Select(line => line.GetProperty("sequence").GetInt64())
            .ToArray();
        Assert.That(sequences[0], Is.Positive.And.LessThan(Exact));
        Assert.That(sequences[1], Is.EqualTo(sequences[0] + 1));
        // The cursor of the page, the sequence of the last line, and the number that an older version gave to the line.
        foreach (var after in new[] { page.GetProperty("nextCursor").GetString(), $"{sequences[1]}", $"{first + 1}" })
        {
            var next = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}/logs?after={after}")).BodyAsync();
            Assert.That(
                next.GetProperty("items").EnumerateArray().Select(line => line.GetProperty("message").GetString()),
                Is.EqualTo(new[] { "line 2" }),
                after
            );
            using var stream = await SseReader.OpenAsync(
                _host.Admin,
                $"{ApiHost.Jobs}/{job.Id}/logs?follow=true&after={after}"
            );
            Assert.That((await stream.NextAsync()).Id, Is.EqualTo($"{sequences[0] + 2}"));
        }
    }

    [Test]
    public async Task Log_lines_of_one_attempt_can_be_asked_for()
    {
        var job = SampleJobs.Put(_host, JobState.Succeeded);
        AddLines(job, (1, 1), (2, 2), (3, 1));
        var page = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}/logs?attempt=1")).BodyAsync();
        Assert.That(
            page.GetProperty("items").EnumerateArray().Select(line => line.GetProperty("sequence").GetInt64()),
            Is.EqualTo(new[] { 1L, 3 })
        );
    }

    [Test]
    public async Task The_last_lines_come_first_and_lead_back_to_the_first_one()
    {
        var job = SampleJobs.Put(_host, JobState.Succeeded);
        AddLines(job, (1, 1), (2, 1), (3, 2), (4, 1), (5, 1));
        List<long[]> pages = [];
        for (var before = "9007199254740991"; before is not null; )
        {
            var path = $"{ApiHost.Jobs}/{job.Id}/logs?attempt=1&limit=2&before={before}";
            var page = await (await _host.Admin.GetAsync(path)).BodyAsync();
            pages.Add([
                .. page.GetProperty("items").EnumerateArray().Select(line => line.GetProperty("sequence").GetInt64()),
            ]);
            before = page.TryGetProperty("nextCursor", out var cursor) ? cursor.GetString() : null;
        }

        Assert.That(pages, Is.EqualTo(new[] { new[] { 4L, 5 }, [1L, 2], [] }));
    }

    [TestCase("level=trace", new[] { 1L, 2, 3 })]
    [TestCase("level=warning", new[] { 2L, 3 })]
    [TestCase("level=error&before=9", new[] { 3L })]
    [TestCase("level=critical", new long[0])]
    public async Task Log_lines_from_a_level_on_can_be_asked_for(string query, long[] sequences)
    {
        var job = SampleJobs.Put(_host, JobState.Succeeded);
        lock (_host.Broker.Log)
        {
            _host.Broker.Log.Add((job.Id, Line(1, 1)));
            _host.Broker.Log.Add((job.Id, Line(2, 1) with { Level = "warning" }));
            _host.Broker.Log.Add((job.Id, Line(3, 1) with { Level = "error" }));
        }

        var page = await (await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}/logs?{query}")).BodyAsync();
        Assert.That(
            page.GetProperty("items").EnumerateArray().Select(line => line.GetProperty("sequence").GetInt64()),
            Is.EqualTo(sequences)
        );
    }

    [Test]
    public async Task A_followed_log_gives_what_is_there_then_what_comes_then_the_end()
    {
        var job = SampleJobs.Put(_host, JobState.Running);
        AddLines(job, (1, 1), (2, 2));
        using var stream = await SseReader.OpenAsync(_host.Admin, $"{ApiHost.Jobs}/{job.Id}/logs?follow=true&after=1");
        Assert.That((await stream.NextAsync()).Data, Does.Contain("line 2").And.Contain("\"attempt\":2"));

        // The second line comes again, as when a line is both stored and published.
        PublishLines(job, Line(2, 2), Line(3, 2));
        var third = await stream.NextAsync();
        Assert.That((third.Id, third.Data!.Contains("line 3", StringComparison.Ordinal)), Is.EqualTo(("3", true)));

        var ended = job with { State = JobState.Succeeded, Current = null, FinishedAt = ApiHost.Noon };
        _host.Events.Publish(new Happened("job.succeeded", job.Namespace, job.Id.ToString(), ApiHost.Noon, ended));
        var end = await stream.NextAsync();
        Assert.That((end.Event, end.Data), Is.EqualTo(("end", """{"state":"succeeded"}""")));
        await stream.EndAsync();
    }

    [Test]
    public async Task Following_a_finished_job_ends_at_once()
    {
        var job = SampleJobs.Put(_host, JobState.Failed);
        AddLines(job, (1, 1));
        using var stream = await SseReader.OpenAsync(_host.Admin, $"{ApiHost.Jobs}/{job.Id}/logs?follow=true");
        Assert.That((await stream.NextAsync()).Id, Is.EqualTo("1"));
        Assert.That((await stream.NextAsync()).Event, Is.EqualTo("end"));
        await stream.EndAsync();
    }

    [TestCase("after=x", "after")]
    [TestCase("attempt=0", "attempt")]
    [TestCase("follow=maybe", "follow")]
    [TestCase("limit=0", "limit")]
    [TestCase("before=x", "before")]
    [TestCase("before=9&after=1", "before")]
    [TestCase("before=9&follow=true", "before")]
    [TestCase("level=loud", "level")]
    [TestCase("level=Warning", "level")]
    public async Task A_bad_log_query_is_refused(string query, string parameter)
    {
        var job = SampleJobs.Put(_host, JobState.Failed);
        using var response = await _host.Admin.GetAsync($"{ApiHost.Jobs}/{job.Id}/logs?{query}");
        Assert.That((await response.ProblemAsync()).Errors!.Keys, Is.EquivalentTo(new[] { parameter }));
    }

    private void Publish(string type, string ns = "default") =>
        _host.Events.Publish(new Happened(type, ns, "it", ApiHost.Noon));

    private void PublishLines(Job job, params LogEntry[] lines) =>
        _host.Events.Publish(
            new Happened("job.log", job.Namespace, job.Id.ToString(), ApiHost.Noon, job, Lines: lines)
        );

    private void AddLines(Job job, params (int Sequence, int Token)[] lines)
    {
        lock (_host.Broker.Log)
        {
            _host.Broker.Log.AddRange(lines.Select(line => (job.Id, Line(line.Sequence, line.Token))));
        }
    }

    private static LogEntry Line(int sequence, int token) =>
        new(sequence, token, ApiHost.Noon, "information", $"line {sequence}");
}

internal sealed record SseFrame(string? Id, string? Event, string? Data);

/// <summary>Reads server-sent events as a browser does.</summary>
internal sealed class SseReader(HttpResponseMessage response, StreamReader reader) : IDisposable
{
    public HttpResponseMessage Response { get; } = response;

    /// <summary>Returns when the stream has begun, so that no later event is missed.</summary>
    public static async Task<SseReader> OpenAsync(HttpClient client, string path, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var reader = new SseReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
        Assert.That(await reader.NextCommentAsync(), Is.EqualTo("open"));
        return reader;
    }

    public async Task<SseFrame> NextAsync()
    {
        string? id = null,
            type = null,
            data = null;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.Length == 0 && data is not null)
            {
                return new SseFrame(id, type, data);
            }

            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var value = colon < 0 ? "" : line[(colon + 2)..];
            (id, type, data) = (colon < 0 ? "" : line[..colon]) switch
            {
                "id" => (value, type, data),
                "event" => (id, value, data),
                "data" => (id, type, value),
                _ => (id, type, data),
            };
        }

        throw new EndOfStreamException("The stream ended before the next event.");
    }

    public async Task<string> NextCommentAsync()
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(": ", StringComparison.Ordinal))
            {
                return line[2..];
            }
        }

        throw new EndOfStreamException("The stream ended before the next comment.");
    }

    /// <summary>Reads to the end of the stream, and fails if another event comes.</summary>
    public async Task EndAsync()
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Assert.That(line, Does.Not.StartWith("data"));
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        Response.Dispose();
    }
}
