using ScheduleZero.QuickStart;

switch (args)
{
    case ["handler"]:
        await ReportHandler.RunAsync();
        return Environment.ExitCode;
    case ["producer"]:
        return await Producer.RunAsync(CancellationToken.None);
    default:
        Console.Error.WriteLine("usage: QuickStart handler | QuickStart producer");
        return 2;
}
