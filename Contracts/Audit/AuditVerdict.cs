namespace ScheduleZero.Contracts.Audit;

/// <summary>The outcome of verifying a run of the audit log.</summary>
public sealed record AuditVerdict
{
    /// <summary>The first fault; nothing behind it was checked. Null when the run has none.</summary>
    public AuditFault? Fault { get; init; }

    /// <summary>The number of events that were in order: those before the fault, or all.</summary>
    public required long Count { get; init; }

    /// <summary>The number of the first event; 0 when there is no event.</summary>
    public required long First { get; init; }

    /// <summary>The number of the last event; 0 when there is no event.</summary>
    public required long Last { get; init; }

    /// <summary>The number of checkpoints whose signature and hash were right.</summary>
    public required int Checkpoints { get; init; }

    public required AuditStart Start { get; init; }

    /// <summary>
    /// The newest event that a checkpoint vouches for; null without a checkpoint, or when no keys were given to check
    /// one with.
    /// </summary>
    public AuditPoint? NewestCheckpoint { get; init; }

    /// <summary>
    /// The last event. Save it elsewhere, and give it to the next verification. Null when there is no event.
    /// </summary>
    public AuditPoint? End { get; init; }
}

/// <summary>The proof that the beginning of a run stands on.</summary>
public enum AuditStart
{
    /// <summary>The run begins with the very first event.</summary>
    Beginning,

    /// <summary>A later event says that the events before the run were forgotten because of their age.</summary>
    Pruned,

    /// <summary>A checkpoint, or a point that was given, names the hash of the event before the run.</summary>
    Checkpoint,

    /// <summary>No proof: what the first event says is not proven, all after it is.</summary>
    Unproven,
}

public sealed record AuditFault(AuditFaultKind Kind, long Sequence, string Detail);

public enum AuditFaultKind
{
    /// <summary>A line is not an event of the log.</summary>
    Malformed,

    /// <summary>A line was changed, or one before it was.</summary>
    HashMismatch,

    /// <summary>Events are missing in the middle of the run.</summary>
    Gap,

    /// <summary>An event comes again, or too late.</summary>
    Reordered,

    /// <summary>A checkpoint is not signed by a known key, or vouches for another history than this one.</summary>
    BadSignature,

    /// <summary>A point that was given lies beyond the end of the run: the newest events are missing.</summary>
    Truncated,

    /// <summary>A point that was given has another hash in this run: this is another history.</summary>
    OtherHistory,

    /// <summary>The oldest events are missing, and no event says that they were forgotten.</summary>
    MissingStart,
}
