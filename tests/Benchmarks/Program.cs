using BenchmarkDotNet.Running;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Benchmarks.Load;

switch (args.FirstOrDefault())
{
    case "load":
        return await LoadCommand.RunAsync(args[1..]);
    case LoadAgent.Verb:
        return await LoadAgent.RunAsync(args[1..]);
    case LoadProducer.Verb:
        return await LoadProducer.RunAsync(args[1..]);
    case IdleCrowd.Verb:
        return await IdleCrowd.RunAsync(args[1..]);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(LoadCommand).Assembly).Run(args);
        return 0;
}
