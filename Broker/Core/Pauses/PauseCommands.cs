using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Pauses;

/// <summary>Decides the requests of operators about pauses, and the ends of pauses.</summary>
internal sealed class PauseCommands(PauseTable pauses, NamespaceTable namespaces, AuditLog audit)
{
    public Answer Pause(BrokerInput.PauseMethod asked, Decision decision)
    {
        if (namespaces.RefusalIfClosed(asked.Namespace) is { } closed)
        {
            return closed;
        }

        if (asked.Until <= decision.Now.Wall)
        {
            return new Answer.Refused(ErrorCodes.Invalid, "until: This instant has passed.");
        }

        if (
            pauses.OfMethod(asked.Namespace, asked.Method) is null
            && pauses.In(asked.Namespace).Count() >= Limits.PausesMax
        )
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                $"As many methods of the namespace are paused as may be: {Limits.PausesMax}."
            );
        }

        pauses.Save(
            new PauseRecord
            {
                Namespace = asked.Namespace,
                Subject = PauseSubject.Method,
                Name = asked.Method,
                Reason = asked.Reason,
                By = asked.By,
                At = decision.Now.Wall,
                Until = asked.Until,
            },
            decision
        );
        return Answer.Done.Instance;
    }

    /// <summary>Ends a pause. A method that is not paused is no error, and nothing changes.</summary>
    public Answer Resume(BrokerInput.ResumeMethod asked, Decision decision)
    {
        if (pauses.OfMethod(asked.Namespace, asked.Method) is { } record)
        {
            pauses.End(record, decision);
        }

        return Answer.Done.Instance;
    }

    /// <summary>Ends a pause whose instant has come. Called by the timer of the pause.</summary>
    public void Expire(PauseTable.Slot slot, Decision decision)
    {
        audit.Append(
            new AuditNote
            {
                Actor = AuditNote.System,
                Action = "methods:resume",
                Object = $"method:{slot.Record.Name}",
                Namespace = slot.Record.Namespace,
                Reason = "The pause has reached its end.",
            },
            null,
            decision
        );
        pauses.End(slot.Record, decision);
    }
}
