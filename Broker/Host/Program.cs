using ScheduleZero.Broker.Host;
using ScheduleZero.Edges;

return await ServerProgram.MainAsync<BrokerSettings, BrokerSettingsException>(
    args,
    BrokerArguments.Usage,
    () => BrokerArguments.Read(args, Environment.GetEnvironmentVariable),
    (settings, stop) => BrokerCommand.RunAsync(settings, Console.Out, Console.Error, ConsoleLogs.ToStandardError, stop)
);
