namespace ScheduleZero.Broker.Host.Api;

internal static partial class ApiLog
{
    [LoggerMessage(4001, LogLevel.Error, "{Verb} {Path} failed inside the Broker")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string verb, string path);

    [LoggerMessage(4002, LogLevel.Error, "{Verb} {Path} failed after its answer had begun; the connection is cut")]
    public static partial void AnswerCut(this ILogger logger, Exception exception, string verb, string path);
}
