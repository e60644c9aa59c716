namespace ScheduleZero.Cli.Output;

internal enum OutputFormat
{
    Table,
    Json,
}
