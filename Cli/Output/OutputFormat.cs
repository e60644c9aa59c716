namespace ScheduleZero.Cli.Output;

/// <summary>The format of answers on standard output.</summary>
internal enum OutputFormat
{
    Table,
    Json,
}
