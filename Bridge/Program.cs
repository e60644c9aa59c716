using System.Runtime.InteropServices;
using NetMQ;
using ScheduleZero.Bridge;
using ScheduleZero.Edges;

if (args.Contains("--help"))
{
    Console.WriteLine(BridgeArguments.Usage);
    return BridgeCommand.ExitClean;
}

BridgeSettings settings;
try
{
    settings = BridgeArguments.Read(args, Environment.GetEnvironmentVariable);
    SecretVariables.Erase(BridgeArguments.KeyVariable);
}
catch (BridgeSettingsException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return BridgeCommand.ExitConfiguration;
}

// Never disposed: a further signal may come at any moment until the process is gone.
var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
var exitCode = await BridgeCommand.RunAsync(
    settings,
    Console.Out,
    Console.Error,
    ConsoleLogs.ToStandardError,
    stop.Token
);

// Last words linger at most half a second; NetMQ sends them from a thread of its own.
await Task.WhenAny(Task.Run(() => NetMQConfig.Cleanup(block: true)), Task.Delay(TimeSpan.FromSeconds(2)));
return exitCode;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
