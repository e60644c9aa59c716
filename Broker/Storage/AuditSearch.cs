namespace ScheduleZero.Broker.Storage;

/// <summary>A search of the audit log. Every filter that is set must hold.</summary>
public sealed record AuditSearch
{
    public required int Limit { get; init; }

    public string? Cursor { get; init; }

    /// <summary>The first instant: events that happened at or after it; null for any.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The end: events that happened before this instant; null for any.</summary>
    public DateTimeOffset? To { get; init; }

    public string? Actor { get; init; }

    public string? Action { get; init; }

    public string? Namespace { get; init; }

    public string? Outcome { get; init; }

    public string? Object { get; init; }

    /// <summary>
    /// A text that stands in the actor, action, object, reason, address, session or request id; case does not count.
    /// Null for any.
    /// </summary>
    public string? Text { get; init; }
}

/// <summary>The place at which the audit log may be cut off.</summary>
/// <param name="Before">The sequence of the oldest event that stays.</param>
/// <param name="PreviousHash">The hash of the event before the oldest one that stays.</param>
public sealed record AuditCut(long Before, byte[] PreviousHash);
