namespace ScheduleZero.Broker.Storage;

/// <summary>A search of the audit log. Every filter that is set must hold.</summary>
public sealed record AuditSearch
{
    public required int Limit { get; init; }

    public string? Cursor { get; init; }

    /// <summary>Events that happened at or after this instant.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Events that happened before this instant.</summary>
    public DateTimeOffset? To { get; init; }

    public string? Actor { get; init; }

    public string? Action { get; init; }

    public string? Namespace { get; init; }

    public string? Outcome { get; init; }

    public string? Object { get; init; }

    /// <summary>
    /// Text that stands in the actor, action, object, reason, address, session or request id; case does not count.
    /// </summary>
    public string? Text { get; init; }
}

/// <summary>Where the audit log may be cut off.</summary>
/// <param name="Before">The sequence of the oldest event that stays.</param>
/// <param name="PreviousHash">The hash of the event before the oldest one that stays.</param>
public sealed record AuditCut(long Before, byte[] PreviousHash);
