namespace ScheduleZero.Contracts.Audit;

/// <summary>One event of the audit log, as its line says it. An export holds the very bytes that were hashed.</summary>
public sealed record AuditEvent
{
    /// <summary>The event's number, counted from 1 without gaps.</summary>
    public required long Sequence { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// Who acted, such as <c>user:ana</c>, <c>key:0123456789ab</c>, <c>handler:office-7</c>; <c>anonymous</c>, or
    /// <c>system</c> for the Broker itself.
    /// </summary>
    public required string Actor { get; init; }

    /// <summary>How the actor proved who it is, such as <c>api-key</c>.</summary>
    public string? Method { get; init; }

    public string? Session { get; init; }

    /// <summary>What was done, as <c>resource:verb</c>; for a refusal, the permission that was needed.</summary>
    public required string Action { get; init; }

    /// <summary>
    /// What was acted on, such as <c>job:…</c>, <c>schedule:nightly</c>, <c>key:…</c>; <c>jobs:100</c> for a batch.
    /// </summary>
    public string? Object { get; init; }

    public string? Namespace { get; init; }

    /// <summary>How the act ended: <c>allowed</c>, <c>denied</c> or <c>failed</c>.</summary>
    public required string Outcome { get; init; }

    public string? Reason { get; init; }

    public string? Address { get; init; }

    public string? RequestId { get; init; }

    public AuditDetail? Detail { get; init; }

    /// <summary>SHA-256 over the hash of the event before and this event, in lower-case hexadecimal.</summary>
    public required string Hash { get; init; }
}

public static class AuditOutcomes
{
    /// <summary>The act was done.</summary>
    public const string Allowed = "allowed";

    /// <summary>The actor was not let in, or may not do the act.</summary>
    public const string Denied = "denied";

    /// <summary>
    /// The actor may do the act, but it came to nothing: its object does not exist, or the object's state forbids it.
    /// </summary>
    public const string Failed = "failed";
}

/// <summary>Fields that only the events of the log about itself have.</summary>
public sealed record AuditDetail
{
    /// <summary>
    /// checkpoint: the number of the newest event that the checkpoint vouches for, and so for all before.
    /// </summary>
    public long? Through { get; init; }

    /// <summary>checkpoint: the hash of the event that <c>through</c> names.</summary>
    public string? ThroughHash { get; init; }

    /// <summary>checkpoint: the id of the key that has signed.</summary>
    public string? KeyId { get; init; }

    /// <summary>checkpoint: the signature, ECDSA P-256 with SHA-256, r and s side by side, in base64url.</summary>
    public string? Signature { get; init; }

    /// <summary>prune: the number of the oldest event that the log still has.</summary>
    public long? Before { get; init; }

    /// <summary>
    /// prune: the hash of the event before the oldest one, on which the oldest one's own hash stands.
    /// </summary>
    public string? PreviousHash { get; init; }
}

/// <summary>Public halves of the keys that sign checkpoints, as a JWK set (RFC 7517).</summary>
public sealed record AuditKeySet(IReadOnlyList<AuditKey> Keys);

/// <summary>A public key of the curve P-256 as a JWK.</summary>
/// <param name="Kid">The key's RFC 7638 thumbprint.</param>
/// <param name="X">The point's x coordinate: 32 bytes in base64url.</param>
/// <param name="Y">The point's y coordinate: 32 bytes in base64url.</param>
public sealed record AuditKey(
    string Kid,
    string X,
    string Y,
    string Kty = "EC",
    string Crv = "P-256",
    string Alg = "ES256",
    string Use = "sig"
);
