using NetMQ;
using ScheduleZero.Bridge;
using ScheduleZero.Edges;

var exitCode = await ServerProgram.MainAsync<BridgeSettings, BridgeSettingsException>(
    args,
    BridgeArguments.Usage,
    () =>
    {
        var settings = BridgeArguments.Read(args, Environment.GetEnvironmentVariable);
        SecretVariables.Erase(BridgeArguments.KeyVariable);
        return settings;
    },
    (settings, stop) => BridgeCommand.RunAsync(settings, Console.Out, Console.Error, ConsoleLogs.ToStandardError, stop)
);

// The last messages linger at most half a second; NetMQ sends them from a thread of its own.
await Task.WhenAny(Task.Run(() => NetMQConfig.Cleanup(block: true)), Task.Delay(TimeSpan.FromSeconds(2)));
return exitCode;
