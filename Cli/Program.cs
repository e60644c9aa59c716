using ScheduleZero.Cli;
using ScheduleZero.Cli.Servers;

var terminal = Terminal.OfProcess();
return await CommandLine.RunAsync(args, terminal, CancellationToken.None, ServerVerbs.Create(terminal));
