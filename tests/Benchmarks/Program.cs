using BenchmarkDotNet.Running;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Benchmarks.Compare;
using ScheduleZero.Benchmarks.Load;

switch (args.FirstOrDefault())
{
    case "load":
        return await LoadCommand.RunAsync(args[1..]);
    case CompareCommand.Verb:
        return await CompareCommand.RunAsync(args[1..]);
    case ForecastLoad.Verb:
        return ForecastLoad.Run(10_000, 30, isShared: true) + ForecastLoad.Run(10_000, 30, isShared: false);
    case LoadAgent.Verb:
        return await LoadAgent.RunAsync(args[1..]);
    case LoadProducer.Verb:
        return await LoadProducer.RunAsync(args[1..]);
    case IdleCrowd.Verb:
        return await IdleCrowd.RunAsync(args[1..]);
    case SoakBroker.Verb:
        return await SoakBroker.RunAsync(args[1..]);
    default:
        // The benchmarks run in this process. A generated project would be looked for under the assembly's name, which
        // is not the name of the project file.
        BenchmarkSwitcher.FromAssembly(typeof(LoadCommand).Assembly).Run(["--inProcess", .. args]);
        return 0;
}
