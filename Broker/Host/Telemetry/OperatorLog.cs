namespace ScheduleZero.Broker.Host.Telemetry;

/// <summary>Logs events that an operator should learn of also when nobody listens to the stream of events.</summary>
internal static partial class OperatorLog
{
    [LoggerMessage(1080, LogLevel.Error, "Schedule {Schedule} of namespace {Namespace} stands still: {Reason}")]
    public static partial void ScheduleStopped(this ILogger logger, string schedule, string @namespace, string? reason);

    [LoggerMessage(1081, LogLevel.Information, "Schedule {Schedule} of namespace {Namespace} goes on")]
    public static partial void ScheduleWentOn(this ILogger logger, string schedule, string @namespace);

    [LoggerMessage(1082, LogLevel.Warning, "The wall clock of this machine was set {What}. Check its time service")]
    public static partial void ClockSet(this ILogger logger, string? what);

    [LoggerMessage(1086, LogLevel.Warning, "Handler {Handler} of namespace {Namespace} takes no work: {Detail}")]
    public static partial void HandlerRejects(this ILogger logger, string handler, string @namespace, string? detail);

    [LoggerMessage(1087, LogLevel.Information, "Handler {Handler} of namespace {Namespace} came by {Way}")]
    public static partial void HandlerCame(this ILogger logger, string handler, string @namespace, string way);

    [LoggerMessage(1088, LogLevel.Information, "Handler {Handler} of namespace {Namespace} left: {Reason}")]
    public static partial void HandlerLeft(this ILogger logger, string handler, string @namespace, string? reason);

    [LoggerMessage(1089, LogLevel.Warning, "Handler {Handler} of namespace {Namespace} was refused: {Detail}")]
    public static partial void HandlerRefused(this ILogger logger, string handler, string @namespace, string? detail);
}
