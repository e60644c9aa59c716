using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>Signs checkpoints of the audit log: ECDSA P-256 with SHA-256, r and s side by side.</summary>
internal interface IAuditSigner
{
    string KeyId { get; }

    /// <summary>For whoever verifies.</summary>
    AuditKey PublicKey { get; }

    byte[] Sign(ReadOnlySpan<byte> text);
}
