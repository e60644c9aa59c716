namespace ScheduleZero.Broker.Host.Schemas;

internal static partial class SchemaLog
{
    [LoggerMessage(
        4301,
        LogLevel.Warning,
        "Params of {Method} in {Namespace} are not checked against the schema that handler {Handler} "
            + "publishes: {Problem}"
    )]
    public static partial void SchemaNotUsed(
        this ILogger logger,
        string method,
        string @namespace,
        string handler,
        string problem
    );
}
