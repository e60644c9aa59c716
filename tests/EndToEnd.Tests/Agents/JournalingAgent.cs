using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.EndToEnd.Tests.Agents;

/// <summary>An agent in a process of its own that writes a line when each execution begins and when it ends.</summary>
internal static class JournalingAgent
{
    public const string Method = "journal.run";
    public const string MethodWithoutEnd = "journal.stay";

    private static readonly Dictionary<string, int> Flags = new(StringComparer.Ordinal)
    {
        ["--handler"] = 1,
        ["--bridge"] = -1,
        ["--capacity"] = 1,
        ["--journal"] = 1,
        ["--offline"] = 1,
    };

    /// <summary>
    /// Runs until SIGTERM. Returns 0 after a clean stop, 1 when the Broker refuses the agent for good.
    /// </summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var flags = new CommandFlags(arguments, Flags);
        using var journal = new ExecutionJournal(flags.Value("--journal")!);
        using var stop = new CancellationTokenSource();
        using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGTERM,
            signal =>
            {
                signal.Cancel = true;
                stop.Cancel();
            }
        );
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = flags.Value("--handler")!;
            foreach (var bridge in flags.Values("--bridge")!)
            {
                options.Bridges.Add(bridge);
            }

            options.ApiKey = Environment.GetEnvironmentVariable("SCHEDULEZERO_API_KEY");
            options.OfflineFolder = flags.Value("--offline");
            options.Capacity = int.Parse(flags.Value("--capacity")!);
        });
        builder.Handle<WorkParams, WorkResult>(Method, (work, job) => RunAsync(work, job, journal));
        builder.Handle<RawJson>(MethodWithoutEnd, (_, job) => Task.Delay(Timeout.Infinite, job.CancellationToken));
        await using var agent = builder.Start();
        try
        {
            await agent.WaitForWelcomeAsync(stop.Token);
            Console.WriteLine("ready: agent");
            await agent.Completion.WaitAsync(stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (AgentStoppedException e)
        {
            await Console.Error.WriteLineAsync($"stopped: {e.Message}");
            return 1;
        }
    }

    private static async Task<WorkResult> RunAsync(WorkParams work, JobContext job, ExecutionJournal journal)
    {
        journal.Began(job.JobId, job.FencingToken);
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(work.Milliseconds), job.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            journal.Stopped(job.JobId, job.FencingToken);
            throw;
        }

        journal.Ended(job.JobId, job.FencingToken);
        return new WorkResult(job.FencingToken);
    }
}

internal sealed record WorkParams(int Milliseconds);

internal sealed record WorkResult(int Token);
