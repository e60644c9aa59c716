using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Console;
using ScheduleZero.Broker.Host;

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
return await BrokerCommand.RunAsync(settings, Console.Out, Console.Error, LogToConsole, stop.Token);

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
