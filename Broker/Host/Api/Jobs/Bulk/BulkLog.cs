namespace ScheduleZero.Broker.Host.Api.Jobs.Bulk;

internal static partial class BulkLog
{
    [LoggerMessage(
        4058,
        LogLevel.Information,
        "Bulk act {Act} of namespace {Namespace} has ended as {State}: {Changed} of {Matched} jobs changed"
    )]
    public static partial void ActEnded(
        this ILogger logger,
        Guid act,
        string @namespace,
        string state,
        long changed,
        long matched
    );

    [LoggerMessage(
        4059,
        LogLevel.Error,
        "Bulk act {Act} of namespace {Namespace} failed inside the Broker; what it has done stays"
    )]
    public static partial void ActFailed(this ILogger logger, Exception exception, Guid act, string @namespace);
}
