using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Cli.Dev;

/// <summary>The handler of the demo, written as any author of a handler would write it.</summary>
internal static class DemoHandler
{
    public static RunningAgent Start(string name, string apiKey, string bridge) =>
        AgentBuilder
            .Create(options =>
            {
                options.Handler = name;
                options.ApiKey = apiKey;
                options.Bridges.Add(bridge);
            })
            .Handle<GreetParams, Greeting>(
                DemoMethods.Greet,
                (parameters, _) => Task.FromResult(new Greeting($"Hello, {parameters.Name}!"))
            )
            .Handle<CountParams, Counted>(DemoMethods.Count, CountAsync)
            .Handle<object>(
                DemoMethods.Stumble,
                (_, job) =>
                    job.Attempt == 1
                        ? throw new JobFailedException(
                            "stumbled",
                            "The first attempt fails on purpose.",
                            retryable: true
                        )
                        : Task.CompletedTask
            )
            .Start();

    private static async Task<Counted> CountAsync(CountParams parameters, JobContext job)
    {
        for (var step = 1; step <= parameters.To; step++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), job.CancellationToken);
            job.ReportProgress(100.0 * step / parameters.To, $"step {step} of {parameters.To}");
        }

        return new Counted(parameters.To);
    }
}
