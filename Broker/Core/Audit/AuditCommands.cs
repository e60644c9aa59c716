using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>Decides the requests about the audit log.</summary>
internal sealed class AuditCommands(AuditLog audit)
{
    /// <summary>
    /// Appends a checkpoint that was signed at the edge. A checkpoint is refused when the log has not reached its event
    /// yet, or is too far past that event for the checkpoint to be of use.
    /// </summary>
    public Answer Checkpoint(BrokerInput.CheckpointAudit asked, Decision decision)
    {
        var (sequence, through) = (audit.Sequence, asked.Through.Sequence);
        if (through > sequence || sequence + 1 - through > AuditChain.CheckpointReachMax)
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                $"The log is at {sequence}; a checkpoint through {through} is of no use to it."
            );
        }

        var detail = new AuditDetail
        {
            Through = through,
            ThroughHash = asked.Through.Hash,
            KeyId = asked.KeyId,
            Signature = asked.Signature,
        };
        audit.Append(
            new AuditNote
            {
                Actor = AuditNote.System,
                Action = AuditChain.CheckpointAction,
                Detail = detail,
            },
            null,
            decision
        );
        return new Answer.AuditIs(audit.Tail);
    }
}
