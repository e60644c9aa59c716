using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>Writes into the audit log what happens to sessions and to the keys of handlers.</summary>
internal static class SessionNotes
{
    private const string Open = "sessions:open";
    private const string ApiKeyMethod = "api-key";
    private const string SignatureMethod = "signature";

    /// <summary>
    /// Notes that a session has a new connection. Call this method before the session is bound to the connection: a
    /// Hello that is repeated on the same connection is not noted.
    /// </summary>
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
                Method = MethodOf(key),
                Session = session.Id,
                Action = Open,
                Object = $"key:{key.Id}",
                Address = connection.RemoteAddress,
                Namespace = session.Namespace,
                Reason = session.ConnectedAt == default ? null : "resumed",
            },
            null,
            decision
        );
    }

    /// <summary>Notes that a Hello was refused.</summary>
    /// <param name="key">
    /// The key that the Hello proved; null when it proved none, so that nothing that it says about its sender is noted.
    /// </param>
    public static void Refused(
        BrokerInput.HelloSaid said,
        KeyRecord? key,
        Connection connection,
        Refused refusal,
        AuditLog audit,
        Decision decision
    )
    {
        var note = new AuditNote
        {
            Actor = key is null ? AuditNote.Anonymous : $"handler:{key.Handler}",
            Method = key is null ? null : MethodOf(key),
            Action = Open,
            Address = connection.RemoteAddress,
            Object = (said.Hello.Proof?.KeyId ?? (said.Claim ?? connection.Claim)?.KeyId) is { } id
                ? $"key:{id}"
                : null,
            Namespace = key?.Namespace,
            Outcome = AuditOutcomes.Denied,
            Reason = refusal.Code,
        };
        audit.AppendRefusal(note, decision);
    }

    /// <summary>Notes that an enrolled key was rotated, or that its rotation was refused.</summary>
    public static void Rotated(
        BrokerInput.RotateSaid said,
        IBrokerMessage answer,
        Connection connection,
        AuditLog audit,
        Decision decision
    )
    {
        var note = new AuditNote
        {
            Actor = answer is Rotated ? $"key:{said.Rotate.KeyId}" : AuditNote.Anonymous,
            Method = answer is Rotated ? SignatureMethod : null,
            Action = "keys:rotate",
            Object = answer is Rotated rotated ? $"key:{rotated.KeyId}" : $"key:{said.Rotate.KeyId}",
            Address = connection.RemoteAddress,
        };
        if (answer is Refused refused)
        {
            audit.AppendRefusal(note with { Outcome = AuditOutcomes.Denied, Reason = refused.Code }, decision);
        }
        else
        {
            audit.Append(note, null, decision);
        }
    }

    public static void ForeignReport(Session session, AttemptId id, AuditLog audit, Decision decision) =>
        audit.AppendRefusal(
            new AuditNote
            {
                Actor = $"handler:{session.Handler}",
                Method = MethodOf(session.Key),
                Session = session.Id,
                Action = "attempts:report",
                Object = $"attempt:{id}",
                Namespace = session.Namespace,
                Outcome = AuditOutcomes.Denied,
                Reason = ErrorCodes.Forbidden,
                Address = session.Connection?.RemoteAddress,
            },
            decision
        );

    public static void OfflineRunsRefused(Session session, Guid schedule, AuditLog audit, Decision decision) =>
        audit.AppendRefusal(
            new AuditNote
            {
                Actor = $"handler:{session.Handler}",
                Method = MethodOf(session.Key),
                Session = session.Id,
                Action = "schedules:report",
                Object = $"schedule:{schedule}",
                Namespace = session.Namespace,
                Outcome = AuditOutcomes.Denied,
                Reason = ErrorCodes.Invalid,
                Address = session.Connection?.RemoteAddress,
            },
            decision
        );

    public static void Locked(KeyRecord key, AuditLog audit, Decision decision) =>
        audit.Append(
            new AuditNote
            {
                Actor = AuditNote.System,
                Action = "keys:lock",
                Object = $"key:{key.Id}",
                Namespace = key.Namespace,
                Reason = "two copies of it are at work",
            },
            null,
            decision
        );

    private static string MethodOf(KeyRecord key) => key.Pair is null ? ApiKeyMethod : SignatureMethod;

    public static void Closed(Session session, string reason, AuditLog audit, Decision decision) =>
        audit.Append(
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
            decision
        );
}
