namespace ScheduleZero.Contracts.Rest;

/// <summary>How long the audit log is, and how much of it is signed.</summary>
public sealed record AuditChainView
{
    /// <summary>The sequence number of the newest event.</summary>
    public required long Events { get; init; }

    /// <summary>The hash of the newest event, in hexadecimal digits.</summary>
    public required string Hash { get; init; }

    /// <summary>
    /// The last event that this start of the Broker has signed; not set before the first signature. The event after it
    /// is that of the signature itself.
    /// </summary>
    public long? SignedThrough { get; init; }

    public DateTimeOffset? SignedAt { get; init; }

    /// <summary>The id of the key that signs.</summary>
    public required string KeyId { get; init; }

    /// <summary>Why the newest try to sign failed; not set when it did not.</summary>
    public string? Problem { get; init; }
}
