using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>Signs checkpoints of the audit log, by ECDSA P-256 with SHA-256. A signature is r followed by s.</summary>
internal interface IAuditSigner
{
    string KeyId { get; }

    /// <summary>The public key, for those who verify signatures.</summary>
    AuditKey PublicKey { get; }

    byte[] Sign(ReadOnlySpan<byte> text);
}
