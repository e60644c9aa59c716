using System.Text.Json.Nodes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>The end-to-end load tool: one workload, one line of JSON.</summary>
internal static class LoadCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        LoadOptions options;
        try
        {
            options = LoadOptions.Read(arguments);
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync($"{e.Message}\n{LoadOptions.Usage}");
            return 2;
        }

        await using var system = new LoadSystem(options);
        try
        {
            var result = await RunAsync(system, options);
            Console.WriteLine(result.ToJsonString());
            return 0;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"{e}\n{system.Stage.Describe()}");
            return 1;
        }
        finally
        {
            if (options.KeepsLogs)
            {
                await Console.Error.WriteLineAsync(system.Stage.Describe());
            }
        }
    }

    private static Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options) =>
        options switch
        {
            { Soak: > 0 } => SoakLoad.RunAsync(system, options),
            { Pages: > 0 } => PagesLoad.RunAsync(system, options),
            { Searches: > 0 } => SearchLoad.RunAsync(system, options),
            { IdleAgents: > 0 } => IdleAgentsLoad.RunAsync(system, options),
            { Backlog: > 0 } => BacklogLoad.RunAsync(system, options),
            { ScheduleCrowd: > 0 } => ScheduleCrowdLoad.RunAsync(system, options),
            { Schedules: > 0 } => ScheduleLoad.RunAsync(system, options),
            _ => JobLoad.RunAsync(system, options),
        };
}
