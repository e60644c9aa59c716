namespace ScheduleZero.Bridge.Hub;

internal static partial class HubLog
{
    [LoggerMessage(3106, LogLevel.Debug, "A connection from {RemoteAddress} was refused with {Status}: {Reason}")]
    public static partial void ConnectionRefused(
        this ILogger logger,
        System.Net.IPAddress? remoteAddress,
        int status,
        string reason
    );

    [LoggerMessage(3108, LogLevel.Error, "Hub method {Method} failed")]
    public static partial void CallFailed(this ILogger logger, Exception exception, string method);
}
