using ScheduleZero.Broker.Storage;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host;

/// <summary>The Broker as a program: one ready line, a clean stop, an exit code.</summary>
public static class BrokerCommand
{
    public const int ExitClean = ServerProgram.ExitClean;
    public const int ExitFailed = ServerProgram.ExitFailed;
    public const int ExitConfiguration = ServerProgram.ExitConfiguration;
    public const int ExitTaken = ServerProgram.ExitTaken;

    /// <summary>Runs until <paramref name="stop"/> is cancelled.</summary>
    /// <returns>0 after a clean stop, 2 for wrong settings, 3 when a port or the store is taken, 1 otherwise.</returns>
    public static Task<int> RunAsync(
        BrokerSettings settings,
        TextWriter output,
        TextWriter error,
        Action<ILoggingBuilder>? logging,
        CancellationToken stop
    ) =>
        ServerProgram.RunAsync("Broker", () => ServeAsync(settings, output, error, logging, stop), CodeOf, error, stop);

    private static async Task ServeAsync(
        BrokerSettings settings,
        TextWriter output,
        TextWriter error,
        Action<ILoggingBuilder>? logging,
        CancellationToken stop
    )
    {
        await using var broker = await BrokerServer.StartAsync(settings, logging, stop);
        if (broker.BootstrapKey is { } key)
        {
            await ShowAsync(key, output, error);
        }

        await output.WriteLineAsync($"ready: broker {string.Join(' ', broker.Urls)} {string.Join(' ', broker.Router)}");
        await output.FlushAsync(stop);
        await broker.Completion.WaitAsync(stop);
    }

    private static int? CodeOf(Exception failure) =>
        failure switch
        {
            BrokerSettingsException => ExitConfiguration,
            StoreTakenException => ExitTaken,
            StoreFailedException => ExitFailed,
            _ => null,
        };

    // The key is stored by now: if it cannot be written where it belongs, the other stream is better than nowhere.
    private static async Task ShowAsync(string key, TextWriter output, TextWriter error)
    {
        var line = $"admin key, shown only this once: {key}";
        try
        {
            await output.WriteLineAsync(line);
            await output.FlushAsync(CancellationToken.None);
        }
        catch (IOException)
        {
            await error.WriteLineAsync(line);
        }
    }
}
