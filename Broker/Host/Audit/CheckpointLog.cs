using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Audit;

internal static partial class CheckpointLog
{
    [LoggerMessage(4201, LogLevel.Information, "Audit checkpoint {Through} signed by {KeyId}: {Signature}")]
    public static partial void Checkpoint(this ILogger logger, AuditPoint through, string keyId, string signature);

    [LoggerMessage(
        4202,
        LogLevel.Warning,
        "The audit log grew past {Sequence} faster than it could be signed; its new end is signed next"
    )]
    public static partial void CheckpointLate(this ILogger logger, long sequence);

    [LoggerMessage(
        4203,
        LogLevel.Warning,
        "The audit log was not signed this time; the next checkpoint makes up for it. {Reason}"
    )]
    public static partial void CheckpointMissed(this ILogger logger, string reason);

    [LoggerMessage(
        4205,
        LogLevel.Error,
        "The audit log cannot be signed. It goes on unsigned, and the next checkpoint is tried in its time"
    )]
    public static partial void CheckpointFailed(this ILogger logger, Exception cause);
}
