using Microsoft.AspNetCore.Http;

namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of the events of a stream that are about the stream itself.</summary>
internal sealed class StreamEndTests : CliFixture
{
    private const string Line =
        """{"sequence":1,"attempt":1,"at":"2026-01-02T12:00:00Z","level":"information","message":"a line"}""";

    [Test]
    public async Task The_event_that_ends_a_jobs_log_is_not_taken_for_a_line()
    {
        Server
            .Answer(JobJson("running", ""), 201)
            .Answer(context =>
                WriteAsync(context, $"id: 1\ndata: {Line}\n\nevent: end\ndata: {{\"state\":\"succeeded\"}}\n\n")
            )
            .Answer(JobJson());
        var outcome = await RunAsync("jobs", "run", "m");
        Assert.That(
            (outcome.ExitCode, outcome.Out.Trim()),
            Is.EqualTo((ExitCodes.Ok, """{"pages":12}""")),
            outcome.Error
        );
        Assert.That(outcome.Error, Does.Contain("a line"));
        Assert.That(Server.Requests, Has.Count.EqualTo(3), "the end was not seen");
    }

    private static Task WriteAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/event-stream";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
