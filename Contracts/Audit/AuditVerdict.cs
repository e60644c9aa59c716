namespace ScheduleZero.Contracts.Audit;

/// <summary>What came of verifying a run of the audit log.</summary>
public sealed record AuditVerdict
{
    /// <summary>The first that was found; nothing behind it was looked at. Null: all is well.</summary>
    public AuditFault? Fault { get; init; }

    /// <summary>Events that were found in order before the fault, or in all.</summary>
    public required long Count { get; init; }

    /// <summary>0 when there is no event.</summary>
    public required long First { get; init; }

    /// <summary>0 when there is no event.</summary>
    public required long Last { get; init; }

    /// <summary>Checkpoints whose signature and hash were right.</summary>
    public required int Checkpoints { get; init; }

    public required AuditStart Start { get; init; }

    /// <summary>
    /// The newest that a checkpoint vouches for; null without one, or when no keys were given to check it with.
    /// </summary>
    public AuditPoint? NewestCheckpoint { get; init; }

    /// <summary>The last event. Keep it elsewhere, and give it to the next verification.</summary>
    public AuditPoint? End { get; init; }
}

/// <summary>What the beginning of a run stands on.</summary>
public enum AuditStart
{
    /// <summary>It is the very first event.</summary>
    Beginning,

    /// <summary>A later event says that what came before was forgotten because of its age.</summary>
    Pruned,

    /// <summary>A checkpoint, or a point that was given, names the hash of the event before.</summary>
    Checkpoint,

    /// <summary>Nothing: what the first event says is not proven, all after it is.</summary>
    Unproven,
}

public sealed record AuditFault(AuditFaultKind Kind, long Sequence, string Detail);

public enum AuditFaultKind
{
    /// <summary>A line is not an event of the log.</summary>
    Malformed,

    /// <summary>A line was changed, or one before it was.</summary>
    HashMismatch,

    /// <summary>Events are missing in the middle.</summary>
    Gap,

    /// <summary>An event comes again, or too late.</summary>
    Reordered,

    /// <summary>A checkpoint is not signed by a known key, or vouches for another history than this one.</summary>
    BadSignature,

    /// <summary>A point that was given is beyond the end: the newest events are missing.</summary>
    Truncated,

    /// <summary>A point that was given has another hash here: this is another history.</summary>
    OtherHistory,

    /// <summary>The oldest events are missing, and no event says that they were forgotten.</summary>
    MissingStart,
}
