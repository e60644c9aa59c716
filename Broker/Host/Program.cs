using System.Runtime.InteropServices;
using ScheduleZero.Broker.Host;
using ScheduleZero.Edges;

if (args.Contains("--help"))
{
    Console.WriteLine(BrokerArguments.Usage);
    return BrokerCommand.ExitClean;
}

BrokerSettings settings;
try
{
    settings = BrokerArguments.Read(args, Environment.GetEnvironmentVariable);
}
catch (BrokerSettingsException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return BrokerCommand.ExitConfiguration;
}

// Never disposed: a further signal may come at any moment until the process is gone.
var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
return await BrokerCommand.RunAsync(settings, Console.Out, Console.Error, ConsoleLogs.ToStandardError, stop.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
