using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.QuickStart;

/// <summary>Submits jobs and reads what came of them.</summary>
internal static class Producer
{
    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = new Uri(Environment.GetEnvironmentVariable("SCHEDULEZERO_SERVER") ?? "http://127.0.0.1:8888"),
                ApiKey = Environment.GetEnvironmentVariable("SCHEDULEZERO_API_KEY"),
            }
        );

        // Fire and forget: on the Broker's disk when this returns.
        var submitted = await client.Jobs.EnqueueAsync(
            "numbers.sum",
            Enumerable.Range(1, 3),
            cancellationToken: cancellationToken
        );
        Console.WriteLine($"submitted {submitted.Id}");

        // Submit and wait.
        var render = new JobRequest
        {
            Method = "reports.render",
            Params = RawJson.From(new RenderParams("2026-10", 3)),
            Tags = ["monthly"],
        };
        var rendered = await client.Jobs.EnqueueAndWaitAsync(render, TimeSpan.FromSeconds(30), cancellationToken);
        Console.WriteLine($"{rendered.State}: {rendered.Result.To<RenderedReport>()?.Title} by {rendered.Handler}");
        await foreach (var line in client.Jobs.AllLogsAsync(rendered.Id, cancellationToken: cancellationToken))
        {
            Console.WriteLine($"  {line.Level}: {line.Message}");
        }

        // A failure is an answer, not an exception.
        var empty = render with
        {
            Params = RawJson.From(new RenderParams("2026-11", 0)),
        };
        var failed = await client.Jobs.EnqueueAndWaitAsync(empty, TimeSpan.FromSeconds(30), cancellationToken);
        Console.WriteLine(
            $"{failed.State} after {failed.Attempts} attempt: {failed.Error?.Type}: {failed.Error?.Message}"
        );

        var sum = await client.Jobs.GetAsync(submitted.Id, cancellationToken);
        Console.WriteLine($"{sum.State}: {sum.Result}");
        return (rendered.State, failed.State, sum.State) == (JobState.Succeeded, JobState.Failed, JobState.Succeeded)
            ? 0
            : 1;
    }
}
