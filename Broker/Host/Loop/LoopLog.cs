using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Loop;

internal static partial class LoopLog
{
    /// <summary>Logs what an operator should hear of though nobody listens to events.</summary>
    public static void WarnOf(this ILogger logger, Happened happened)
    {
        if (happened is { Type: "handler.rejecting", Handler: { } handler })
        {
            logger.HandlerRejects(handler, happened.Namespace, happened.Detail);
        }
    }

    [LoggerMessage(1001, LogLevel.Information, "Loaded {Jobs} unfinished jobs and {Schedules} schedules; start {Epoch} of this store")]
    public static partial void Loaded(this ILogger logger, int jobs, int schedules, long epoch);

    [LoggerMessage(1002, LogLevel.Critical, "The Broker stops: it can no longer promise that what it decides is kept. Mend the cause and start it again; nothing that was acknowledged is lost")]
    public static partial void LoopFailed(this ILogger logger, Exception failure);

    [LoggerMessage(1010, LogLevel.Information, "Namespace {Namespace} is gone, with {Jobs} finished jobs")]
    public static partial void NamespacePurged(this ILogger logger, string @namespace, long jobs);

    [LoggerMessage(1086, LogLevel.Warning, "Handler {Handler} of namespace {Namespace} takes no work: {Detail}")]
    public static partial void HandlerRejects(this ILogger logger, string handler, string @namespace, string? detail);
}
