using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Console;
using NetMQ;
using ScheduleZero.Bridge;

if (args.Contains("--help"))
{
    Console.WriteLine(BridgeArguments.Usage);
    return BridgeCommand.ExitClean;
}

BridgeSettings settings;
try
{
    settings = BridgeArguments.Read(args, Environment.GetEnvironmentVariable);
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
var exitCode = await BridgeCommand.RunAsync(settings, Console.Out, Console.Error, LogToConsole, stop.Token);
// Last words linger at most half a second; NetMQ sends them from a thread of its own.
await Task.WhenAny(Task.Run(() => NetMQConfig.Cleanup(block: true)), Task.Delay(TimeSpan.FromSeconds(2)));
return exitCode;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static void LogToConsole(ILoggingBuilder logging)
{
    logging.AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
    });
    // Standard output is for the ready line.
    logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
}
