using NetMQ;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host;

/// <summary>The Broker as a program: one ready line, a clean stop, an exit code.</summary>
public static class BrokerCommand
{
    public const int ExitClean = 0;
    public const int ExitFailed = 1;
    public const int ExitConfiguration = 2;
    public const int ExitTaken = 3;

    /// <summary>Runs until <paramref name="stop"/>.</summary>
    /// <returns>0 after a clean stop, 2 for wrong settings, 3 when a port or the store is taken, 1 otherwise.</returns>
    public static async Task<int> RunAsync(
        BrokerSettings settings,
        TextWriter output,
        TextWriter error,
        Action<ILoggingBuilder>? logging,
        CancellationToken stop
    )
    {
        try
        {
            await using var broker = await BrokerServer.StartAsync(settings, logging, stop);
            if (broker.BootstrapKey is { } key)
            {
                await ShowAsync(key, output, error);
            }

            await output.WriteLineAsync(
                $"ready: broker {string.Join(' ', broker.Urls)} {string.Join(' ', broker.Router)}"
            );
            await output.FlushAsync(stop);
            await broker.Completion.WaitAsync(stop);
            return ExitClean;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitClean;
        }
        catch (BrokerSettingsException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitConfiguration;
        }
        catch (StoreTakenException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitTaken;
        }
        catch (StoreFailedException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitFailed;
        }
        catch (Exception e) when (e is IOException or NetMQException)
        {
            await error.WriteLineAsync($"The Broker cannot listen: {e.Message}");
            return ExitTaken;
        }
        catch (Exception e)
        {
            await error.WriteLineAsync($"The Broker failed: {e}");
            return ExitFailed;
        }
    }

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
