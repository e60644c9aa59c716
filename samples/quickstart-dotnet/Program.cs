using ScheduleZero.QuickStart;

switch (args)
{
    case ["handler", .. var bridges] when bridges.Length > 0:
        await ReportHandler.RunAsync(bridges);
        return Environment.ExitCode;
    case ["producer"]:
        return await Producer.RunAsync(CancellationToken.None);
    default:
        Console.Error.WriteLine("usage: QuickStart handler BRIDGE… | QuickStart producer");
        return 2;
}
