using System.Globalization;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host.Upkeep;

/// <summary>Makes the audit log's notes of certificates that a CA issued or refused.</summary>
internal sealed class CertificateNotes(IBrokerEdge edge)
{
    /// <summary>Notes the end of an attempt. Attempts have pauses between them, so the notes need no bound.</summary>
    public void Put(CertificateAttempt attempt)
    {
        var note = AuditNotes.OfSystem("certificates:issue", $"certificate:{string.Join(',', attempt.Names)}");
        edge.Put(
            new BrokerInput.Noted
            {
                Audit = note with
                {
                    Outcome = attempt.Failure is null ? AuditOutcomes.Allowed : AuditOutcomes.Failed,
                    Reason =
                        attempt.Failure
                        ?? string.Create(CultureInfo.InvariantCulture, $"valid until {attempt.ValidUntil:u}"),
                },
            }
        );
    }
}
