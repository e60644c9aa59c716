using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>Identifies who says Hello, and closes the connections of keys that are not valid any more.</summary>
internal sealed partial class SessionTable
{
    private readonly EnrolledKeys _enrolled = new(keys, namespaces, audit);

    public void Challenge(BrokerInput.ChallengeSaid said, Decision decision) =>
        _enrolled.Challenge(ConnectionOf(said.Connection, null), said, decision);

    public void Rotate(BrokerInput.RotateSaid said, Decision decision)
    {
        var connection = ConnectionOf(said.Connection, null);
        var answer = _enrolled.Rotate(connection, said, decision);
        SessionNotes.Rotated(said, answer, connection, audit, decision);
        decision.Effects.Add(SealRules.Answer(said.Connection, answer, said.Seal));
        CloseIfRevoked(said.Rotate.KeyId, answer as Refused, decision);
    }

    /// <summary>
    /// Disconnects the sessions that are not sealed and must be, because a namespace now says so. Their handlers keep
    /// their leases, and say Hello again.
    /// </summary>
    public void DisconnectUnsealed(Decision decision)
    {
        const string Reason = "Sealing was switched on: say Hello again.";
        foreach (
            var session in _sessions
                .Values.Where(session => !session.IsSealed && namespaces.Of(session.Namespace).Seals(session.Handler))
                .ToList()
        )
        {
            if (session.Connection is { } connection)
            {
                decision.Effects.Add(new Effect.Close(connection.Number, ErrorCodes.Unavailable, Reason));
                Disconnect(connection.Number, Reason, decision);
            }
        }
    }

    /// <summary>Notes in the audit log that a handler reported on the attempt of another.</summary>
    public void NoteForeignReport(Session session, AttemptId id, Decision decision) =>
        SessionNotes.ForeignReport(session, id, audit, decision);

    /// <summary>The address of a connection's handler; null where it is not known.</summary>
    public string? RemoteAddressOf(long connection) => _connections.GetValueOrDefault(connection)?.RemoteAddress;

    private Connection ConnectionOf(long number, KeyClaim? claim)
    {
        if (!_connections.TryGetValue(number, out var connection))
        {
            _connections[number] = connection = new Connection { Number = number, Claim = claim };
        }

        return connection;
    }

    private KeyRecord? Identify(
        BrokerInput.HelloSaid said,
        Connection connection,
        Decision decision,
        out Refused? refusal
    )
    {
        if (said.Hello.Proof is not null)
        {
            var proved = _enrolled.Check(connection, said, decision, out refusal);
            CloseIfRevoked(said.Hello.Proof.KeyId, refusal, decision);
            return proved;
        }

        var key = keys.Check(said.Claim ?? connection.Claim, decision.Now.Wall, out var code);
        refusal = key is null
            ? new Refused(code, "The API key is not valid for a handler: it is unknown, revoked or expired.")
            : null;
        return key;
    }

    // When a key was found to be copied, the sessions of the keys that took its place end too.
    private void CloseIfRevoked(string keyId, Refused? refusal, Decision decision)
    {
        if (refusal is not { Code: ErrorCodes.Revoked } || keys.Find(keyId) is not { } key)
        {
            return;
        }

        foreach (
            var dead in keys.OfAccount(key.AccountOrId).Where(other => !other.IsValidAt(decision.Now.Wall)).ToList()
        )
        {
            CloseAll(dead.Id, refusal.Detail, decision);
        }
    }

    // Only one instance may use an enrolled key. Other sessions of the key lose their connection and not their leases:
    // an instance that is alive comes back, and shows by its generation that there are two copies of the key.
    private void DisconnectOthers(BrokerInput.HelloSaid said, KeyRecord key, Decision decision)
    {
        foreach (
            var other in _sessions
                .Values.Where(other =>
                    other.Key.Id == key.Id && other.Connection is { } connection && connection.Number != said.Connection
                )
                .ToList()
        )
        {
            const string Reason = "The key was used on another connection: say Hello again.";
            var number = other.Connection!.Number;
            decision.Effects.Add(new Effect.Close(number, ErrorCodes.Unavailable, Reason));
            Disconnect(number, Reason, decision);
        }
    }
}
