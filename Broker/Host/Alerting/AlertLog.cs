namespace ScheduleZero.Broker.Host.Alerting;

/// <summary>The lines of the log about alerts.</summary>
internal static partial class AlertLog
{
    [LoggerMessage(
        1191,
        LogLevel.Warning,
        "Channel {Channel} of namespace {Namespace} did not take a notice: {Problem} The notice is sent again; this "
            + "line comes again only when the reason changes"
    )]
    public static partial void NoticeNotSent(this ILogger logger, string channel, string @namespace, string? problem);

    [LoggerMessage(1192, LogLevel.Information, "Channel {Channel} of namespace {Namespace} takes notices again")]
    public static partial void ChannelIsBack(this ILogger logger, string channel, string @namespace);

    [LoggerMessage(1193, LogLevel.Error, "Sending to channel {Channel} of namespace {Namespace} failed")]
    public static partial void SenderFailed(
        this ILogger logger,
        string channel,
        string @namespace,
        Exception exception
    );

    [LoggerMessage(1194, LogLevel.Error, "Looking for the condition of rule {Rule} of namespace {Namespace} failed")]
    public static partial void LookFailed(this ILogger logger, string rule, string @namespace, Exception exception);

    [LoggerMessage(
        1195,
        LogLevel.Warning,
        "Channel {Channel} of namespace {Namespace} took a notice, though not for all: {Problem}"
    )]
    public static partial void NoticeSentInPart(this ILogger logger, string channel, string @namespace, string problem);
}
