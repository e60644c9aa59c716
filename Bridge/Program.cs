using ScheduleZero.Bridge;
using ScheduleZero.Edges;

return await ServerProgram.MainAsync<BridgeSettings, BridgeSettingsException>(
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
