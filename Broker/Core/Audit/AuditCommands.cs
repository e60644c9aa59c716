using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>Decides what the shell asks for the audit log.</summary>
internal sealed class AuditCommands(AuditLog audit)
{
    /// <summary>
    /// Takes in a checkpoint that was signed outside, unless the log is not so far, or too far past it for the
    /// checkpoint to be of use.
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
