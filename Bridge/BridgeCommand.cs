using ScheduleZero.Edges;

namespace ScheduleZero.Bridge;

/// <summary>The Bridge as a program: one ready line, a clean stop, an exit code.</summary>
public static class BridgeCommand
{
    public const int ExitClean = ServerProgram.ExitClean;
    public const int ExitFailed = ServerProgram.ExitFailed;
    public const int ExitConfiguration = ServerProgram.ExitConfiguration;
    public const int ExitTaken = ServerProgram.ExitTaken;

    /// <summary>Runs until <paramref name="stop"/> is cancelled.</summary>
    /// <returns>0 after a clean stop, 2 for wrong settings, 3 when a port is taken, 1 otherwise.</returns>
    public static Task<int> RunAsync(
        BridgeSettings settings,
        TextWriter output,
        TextWriter error,
        Action<ILoggingBuilder>? logging,
        CancellationToken stop
    ) =>
        ServerProgram.RunAsync(
            "Bridge",
            () => ServeAsync(settings, output, logging, stop),
            static failure => failure is BridgeSettingsException ? ExitConfiguration : null,
            error,
            stop
        );

    private static async Task ServeAsync(
        BridgeSettings settings,
        TextWriter output,
        Action<ILoggingBuilder>? logging,
        CancellationToken stop
    )
    {
        await using var bridge = await BridgeServer.StartAsync(settings, logging, stop);
        await bridge.Linked.WaitAsync(stop);
        await output.WriteLineAsync(
            $"ready: bridge {string.Join(' ', bridge.Urls)} {string.Join(' ', bridge.Brokers)}"
        );
        await output.FlushAsync(stop);
        await bridge.Completion.WaitAsync(stop);
    }
}
