using System.Globalization;
using ScheduleZero.Broker.Host;

namespace ScheduleZero.Benchmarks.Children;

/// <summary>A Broker as it is shipped, in a process that also reports how much memory its objects take.</summary>
internal static class SoakBroker
{
    public const string Verb = "soak-broker";

    /// <summary>The input line that asks for the bytes of all live objects.</summary>
    public const string Measure = "MEASURE";

    /// <summary>The start of the line that answers <see cref="Measure"/>.</summary>
    public const string Measured = "MEASURED ";

    public static async Task<int> RunAsync(string[] arguments)
    {
        var settings = BrokerArguments.Read(arguments, Environment.GetEnvironmentVariable);
        using var stop = new CancellationTokenSource();
        var running = BrokerCommand.RunAsync(settings, Console.Out, Console.Error, logging: null, stop.Token);
        while (await Console.In.ReadLineAsync(stop.Token) is { } line)
        {
            if (line == Measure)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Measured}{GC.GetTotalMemory(forceFullCollection: false)}"
                    )
                );
            }
        }

        await stop.CancelAsync();
        return await running;
    }
}
