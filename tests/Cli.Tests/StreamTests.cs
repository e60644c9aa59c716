using Microsoft.AspNetCore.Http;
using ScheduleZero.Cli.Dev;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of the client's event streams, and of the demo, which reads one.</summary>
internal sealed class StreamTests : CliFixture
{
    private ScheduleZeroClient _client = null!;

    [SetUp]
    public void Connect() =>
        _client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = Server.Address,
                ApiKey = Key,
                ReconnectDelay = TimeSpan.FromMilliseconds(1),
            }
        );

    [TearDown]
    public void Disconnect() => _client.Dispose();

    [Test]
    [CancelAfter(30_000)]
    public async Task Events_go_on_where_they_were_cut_and_through_a_brokers_absence(
        CancellationToken cancellationToken
    )
    {
        Server
            .Answer(context => CutAsync(context, Event("1", "job.ready"), Event("2", "job.running")))
            .Status(503)
            .Answer(context => WriteAsync(context, Event("3", "job.succeeded")));
        var ids = new List<string>();
        var opened = 0;
        await foreach (
            var happened in _client.EventsAsync(opened: () => opened++, cancellationToken: cancellationToken)
        )
        {
            ids.Add(happened.Id);
            if (ids.Count == 3)
            {
                break;
            }
        }

        Assert.That(ids, Is.EqualTo(new[] { "1", "2", "3" }));
        Assert.That(opened, Is.EqualTo(1));
        Assert.That(
            Server.Requests.Select(request => request.Headers["Last-Event-ID"].ToString()),
            Is.EqualTo(new[] { "", "2", "2" })
        );
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task What_a_stream_says_beside_its_events_is_told(CancellationToken cancellationToken)
    {
        Server.Answer(context =>
            WriteAsync(
                context,
                Event("1", "job.ready"),
                """
                event: since
                data: {"since":"2026-01-02T11:00:00Z"}
                """,
                """
                event: lost
                data: {"detail":"x"}
                """,
                Event("2", "job.failed")
            )
        );
        var told = new List<string>();
        var notes = new StreamNotes
        {
            Opened = () => told.Add("opened"),
            Since = since => told.Add($"since {since.UtcDateTime:HH:mm}"),
            Lost = () => told.Add("lost"),
        };
        var filter = new EventFilter { Last = 5, Types = ["job"] };
        await foreach (var happened in _client.EventsAsync(filter, notes, cancellationToken))
        {
            told.Add(happened.Id);
            if (happened.Id == "2")
            {
                break;
            }
        }

        Assert.That(told, Is.EqualTo(new[] { "opened", "1", "since 11:00", "lost", "2" }));
        Assert.That(Server.Requests[0].Target, Does.EndWith("/events?type=job&last=5"));
    }

    [Test]
    [CancelAfter(30_000)]
    public void A_stream_that_is_refused_after_a_cut_says_so(CancellationToken cancellationToken)
    {
        Server.Answer(context => WriteAsync(context, Event("1", "job.ready"))).Status(401);
        var error = Assert.ThrowsAsync<ScheduleZeroException>(async () =>
        {
            await foreach (var happened in _client.EventsAsync(cancellationToken: cancellationToken))
            {
                Assert.That(happened.Id, Is.EqualTo("1"));
            }
        });
        Assert.That(error!.Code, Is.EqualTo("unauthenticated"));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Followed_logs_go_on_after_the_last_line_and_end_with_the_job(CancellationToken cancellationToken)
    {
        Server.Answer(context => CutAsync(context, Line(1), Line(2))).Answer(context => WriteAsync(context, Line(3)));
        var job = new JobId(Guid.Parse(Job));
        var lines = new List<long>();
        await foreach (var line in _client.Jobs.FollowLogsAsync(job, attempt: 1, cancellationToken: cancellationToken))
        {
            lines.Add(line.Sequence);
        }

        Assert.That(lines, Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(Server.Requests[1].Target, Does.EndWith("/logs?follow=true&attempt=1&after=2"));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Followed_logs_of_all_jobs_go_on_after_the_last_line(CancellationToken cancellationToken)
    {
        Server.Answer(context => CutAsync(context, Line(1), Line(2))).Answer(context => WriteAsync(context, Line(3)));
        var lines = new List<long>();
        await foreach (var line in _client.Logs.FollowAsync(new LogFilter { Level = "error" }, null, cancellationToken))
        {
            lines.Add(line.Sequence);
            if (lines.Count == 3)
            {
                break;
            }
        }

        Assert.That(lines, Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(Server.Requests[0].Target, Does.EndWith("/logs?follow=true&level=error"));
        Assert.That(Server.Requests[1].Target, Does.EndWith("/logs?follow=true&after=2&level=error"));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_last_lines_and_a_level_are_asked_for(CancellationToken cancellationToken)
    {
        Server.Answer(context => context.Response.WriteAsync("""{"items":[]}""", cancellationToken));
        await _client.Jobs.LastLogsAsync(
            new JobId(Guid.Parse(Job)),
            limit: 5,
            level: "warning",
            cancellationToken: cancellationToken
        );
        Assert.That(Server.Requests[0].Target, Does.EndWith("/logs?before=9007199254740991&level=warning&limit=5"));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_demo_prints_transitions_and_ends_when_a_job_succeeded_and_a_schedule_fired(
        CancellationToken cancellationToken
    )
    {
        Server
            .Answer(async context =>
            {
                await WriteAsync(context);
                await WriteAsync(context, Event("1", "job.succeeded"), Event("2", "schedule.fired"));
                await Task.Delay(Timeout.Infinite, context.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            })
            .Answer(JobJson())
            .Answer(JobJson())
            .Answer(JobJson())
            .Answer(ScheduleJson());
        using var output = new StringWriter();
        var demo = new Demo(_client, new LifePrinter(TerminalOn(output)), Time);
        Assert.That(await demo.RunAsync(once: true, "NEXT", cancellationToken), Is.EqualTo(ExitCodes.Ok));
        Assert.That(
            output.ToString(),
            Does.Contain("0 ms  job ").And.Contain("succeeded").And.Contain("fired").And.Contain("NEXT")
        );
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_demo_fails_when_nothing_happens_in_time(CancellationToken cancellationToken)
    {
        var submitted = 0;
        Task Next(HttpContext context, string json)
        {
            // After the last answer nothing happens any more, except that time passes.
            return Interlocked.Increment(ref submitted) == 5
                ? Late()
                : context.Response.WriteAsync(json, cancellationToken);

            async Task Late()
            {
                await context.Response.WriteAsync(json, cancellationToken);
                Time.Advance(Demo.TimeLimit);
            }
        }

        Server
            .Answer(async context =>
            {
                await WriteAsync(context);
                await Task.Delay(Timeout.Infinite, context.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            })
            .Answer(context => Next(context, JobJson()))
            .Answer(context => Next(context, JobJson()))
            .Answer(context => Next(context, JobJson()))
            .Answer(context => Next(context, ScheduleJson()));
        using var output = new StringWriter();
        var demo = new Demo(_client, new LifePrinter(TerminalOn(output)), Time);
        Assert.That(await demo.RunAsync(once: true, "NEXT", cancellationToken), Is.EqualTo(ExitCodes.Failed));
        Assert.That(output.ToString(), Does.Contain("within 60 s").And.Not.Contain("NEXT"));
    }

    private static string Event(string id, string type) =>
        $$"""
            id: {{id}}
            data: {"id":"{{id}}","type":"{{type}}","namespace":"default","subject":"{{Job}}","at":"2026-01-02T12:00:00Z"}
            """;

    private static string Line(int sequence) =>
        $$"""data: {"sequence":{{sequence}},"attempt":1,"at":"2026-01-02T12:00:00Z","level":"information","message":"x","jobId":"{{Job}}","method":"m"}""";

    // The answer promises more bytes than it has, so that the client reads the events and then sees a cut. A reset of
    // the connection could overtake the events.
    private static Task CutAsync(HttpContext context, params string[] events)
    {
        context.Response.ContentLength = 1_000_000;
        return WriteAsync(context, events);
    }

    private static async Task WriteAsync(HttpContext context, params string[] events)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        foreach (var text in events)
        {
            await context.Response.WriteAsync($"{text}\n\n", context.RequestAborted);
        }

        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private Terminal TerminalOn(TextWriter output) =>
        new()
        {
            In = TextReader.Null,
            Out = output,
            Error = output,
            IsInteractive = false,
            Variable = _ => null,
            Time = Time,
            AskSecret = _ => null,
        };
}
