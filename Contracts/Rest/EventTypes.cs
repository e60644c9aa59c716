namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// The types of broker events that the events stream has. A type is a kind, a dot and what happened; a filter takes
/// types and kinds.
/// </summary>
public static class EventTypes
{
    /// <summary>The kinds: what an event is about.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    ["job", "schedule", "handler", "method", "batch", "calendar", "alert"];

    /// <summary>All types, those of one kind after each other.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "job.enqueued",
        "job.ready",
        "job.assigned",
        "job.started",
        "job.progress",
        "job.retrying",
        "job.priorityChanged",
        "job.changed",
        "job.cancelRequested",
        "job.succeeded",
        "job.failed",
        "job.cancelled",
        "job.expired",
        "schedule.saved",
        "schedule.fired",
        "schedule.queued",
        "schedule.missed",
        "schedule.excluded",
        "schedule.paused",
        "schedule.resumed",
        "schedule.stopped",
        "schedule.wentOn",
        "schedule.backfillStarted",
        "schedule.backfillEnded",
        "schedule.kept",
        "schedule.deleted",
        "handler.enrolled",
        "handler.online",
        "handler.offline",
        "handler.rejecting",
        "handler.refused",
        "handler.rotated",
        "handler.locked",
        "method.paused",
        "method.resumed",
        "batch.created",
        "batch.cancelRequested",
        "batch.finished",
        "calendar.saved",
        "calendar.deleted",
        "alert.began",
        "alert.ended",
    ];

    /// <summary>The kind of a type: the text before the dot.</summary>
    public static string KindOf(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var dot = type.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? type : type[..dot];
    }
}
