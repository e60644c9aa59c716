using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>What the audit log says of sessions.</summary>
internal static class SessionNotes
{
    private const string Open = "sessions:open";
    private const string ApiKeyMethod = "api-key";

    /// <summary>Call it before the session takes the connection: a Hello that is said again on the same one is no news.</summary>
    public static void Opened(Session session, KeyRecord key, Connection connection, AuditLog audit, Decision decision)
    {
        if (session.Connection == connection)
        {
            return;
        }

        // ConnectedAt is first set when a connection is bound.
        audit.Append(
            new AuditNote
            {
                Actor = $"handler:{session.Handler}",
                Method = ApiKeyMethod,
                Session = session.Id,
                Action = Open,
                Object = $"key:{key.Id}",
                Address = connection.RemoteAddress,
                Namespace = session.Namespace,
                Reason = session.ConnectedAt == default ? null : "resumed",
            },
            null,
            decision);
    }

    /// <param name="key">Null when the Hello proved none; then its words on who it is count for nothing.</param>
    public static void Refused(BrokerInput.HelloSaid said, KeyRecord? key, Connection connection, Refused refusal, AuditLog audit, Decision decision)
    {
        var note = new AuditNote
        {
            Actor = key is null ? AuditNote.Anonymous : $"handler:{key.Handler}",
            Method = key is null ? null : ApiKeyMethod,
            Action = Open,
            Address = connection.RemoteAddress,
            Object = (said.Claim ?? connection.Claim) is { } claim ? $"key:{claim.KeyId}" : null,
            Namespace = key?.Namespace,
            Outcome = AuditOutcomes.Denied,
            Reason = refusal.Code,
        };
        audit.AppendRefusedHello(note, decision);
    }

    public static void Closed(Session session, string reason, AuditLog audit, Decision decision) => audit.Append(
        new AuditNote
        {
            Actor = AuditNote.System,
            Session = session.Id,
            Action = "sessions:close",
            Object = $"handler:{session.Handler}",
            Namespace = session.Namespace,
            Reason = reason,
        },
        null,
        decision);
}
