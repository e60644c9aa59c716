using NetMQ;

namespace ScheduleZero.Bridge;

/// <summary>The Bridge as a program: one ready line, a clean stop, an exit code.</summary>
public static class BridgeCommand
{
    public const int ExitClean = 0;
    public const int ExitFailed = 1;
    public const int ExitConfiguration = 2;
    public const int ExitTaken = 3;

    /// <summary>Runs until <paramref name="stop"/>.</summary>
    /// <returns>0 after a clean stop, 2 for wrong settings, 3 when a port is taken, 1 otherwise.</returns>
    public static async Task<int> RunAsync(
        BridgeSettings settings,
        TextWriter output,
        TextWriter error,
        Action<ILoggingBuilder>? logging,
        CancellationToken stop
    )
    {
        try
        {
            await using var bridge = await BridgeServer.StartAsync(settings, logging, stop);
            await bridge.Linked.WaitAsync(stop);
            await output.WriteLineAsync(
                $"ready: bridge {string.Join(' ', bridge.Urls)} {string.Join(' ', bridge.Brokers)}"
            );
            await output.FlushAsync(stop);
            await bridge.Completion.WaitAsync(stop);
            return ExitClean;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitClean;
        }
        catch (BridgeSettingsException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitConfiguration;
        }
        catch (Exception e) when (e is IOException or NetMQException)
        {
            await error.WriteLineAsync($"The Bridge cannot listen: {e.Message}");
            return ExitTaken;
        }
        catch (Exception e)
        {
            await error.WriteLineAsync($"The Bridge failed: {e}");
            return ExitFailed;
        }
    }
}
