using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Decides the requests of operators about API keys. A change of what a key allows holds at once, also for the sessions
/// that use the key.
/// </summary>
internal sealed class KeyCommands(
    KeyTable keys,
    NamespaceTable namespaces,
    SessionTable sessions,
    Leases leases,
    AuditLog audit
)
{
    private const string PolicyChanged = "The key's policy was changed.";

    private readonly KeySuccession _succession = new(keys);

    public Answer Create(BrokerInput.CreateKey asked, Decision decision)
    {
        if (asked.Key.Namespace != "*" && namespaces.RefusalIfClosed(asked.Key.Namespace) is { } closed)
        {
            return closed;
        }

        // A request that comes twice must not make a key valid again that was revoked meanwhile.
        if (keys.Find(asked.Key.Id) is null)
        {
            keys.Save(asked.Key, decision);
        }

        return Answer.Done.Instance;
    }

    public Answer Revoke(BrokerInput.RevokeKey asked, Decision decision)
    {
        if (keys.Find(asked.Id) is not { } key || key.Namespace != asked.Namespace)
        {
            return NotFound(asked.Id);
        }

        if (key.RevokedAt is null)
        {
            keys.Save(key with { RevokedAt = decision.Now.Wall }, decision);
            sessions.CloseAll(key.Id, "The API key was revoked.", decision);
        }

        return Answer.Done.Instance;
    }

    /// <summary>Rotates a key that has a secret. The agent of an enrolled key rotates that key by itself.</summary>
    public Answer Rotate(BrokerInput.RotateKey asked, Decision decision)
    {
        if (keys.Find(asked.Id) is not { } key || key.Namespace != asked.Namespace)
        {
            return NotFound(asked.Id);
        }

        var refusal =
            key.Pair is not null
                ? "An enrolled key never leaves its agent, which rotates it: schedulezero agent rotate."
            : !key.IsValidAt(decision.Now.Wall) ? "The key was revoked, or has expired."
            : _succession.WhyNoThird(key, decision.Now.Wall);
        if (refusal is not null)
        {
            return new Answer.Refused(ErrorCodes.Conflict, refusal);
        }

        var next = _succession.Succeed(
            key,
            asked.Overlap,
            key with
            {
                Id = asked.NewId,
                SecretHash = asked.NewSecretHash,
                CreatedBy = asked.By,
            },
            asked.EndsBy,
            decision
        );
        return new Answer.KeyIs(next);
    }

    public Answer Change(BrokerInput.ChangeKey asked, Decision decision)
    {
        if (
            keys.Find(asked.Id) is not { } key
            || key.Namespace != asked.Namespace
            || (asked.IsForHandler && key.Kind != KeyKind.Handler)
        )
        {
            return NotFound(asked.Id, asked.IsForHandler ? "handler's key" : "key");
        }

        if (asked.RequestsPerMinute is not null && key.Kind != KeyKind.Service)
        {
            return new Answer.Refused(
                ErrorCodes.Invalid,
                "Only a service's key makes requests: requestsPerMinute is not for this one."
            );
        }

        if (!key.IsValidAt(decision.Now.Wall))
        {
            return new Answer.Refused(ErrorCodes.Conflict, "The key was revoked, or has expired.");
        }

        var next = key with
        {
            Methods = asked.Methods ?? key.Methods,
            Groups = asked.Groups ?? key.Groups,
            Addresses = asked.Addresses ?? key.Addresses,
            MaxCapacity = asked.MaxCapacity ?? key.MaxCapacity,
            RequestsPerMinute = asked.RequestsPerMinute ?? key.RequestsPerMinute,
        };
        keys.Save(next, decision);
        foreach (var session in sessions.All.Where(session => session.Key.Id == key.Id).ToList())
        {
            Enforce(session, next, decision);
        }

        return new Answer.KeyIs(next);
    }

    /// <summary>Ends what stands by a key that has expired. Called by the key's timer.</summary>
    public void Expire(KeyRecord key, Decision decision)
    {
        audit.Append(
            new AuditNote
            {
                Actor = AuditNote.System,
                Action = "keys:expire",
                Object = $"key:{key.Id}",
                Namespace = key.Namespace,
            },
            null,
            decision
        );
        sessions.CloseAll(key.Id, "The API key has expired.", decision);
        decision.Effects.Add(new Effect.KeyExpired(key));
    }

    // Applies what the key allows now to a session: attempts that the key does not allow any more are fenced off.
    private void Enforce(Session session, KeyRecord key, Decision decision)
    {
        session.Key = key;
        if (session.Connection is { } connection && HelloCheck.RefusalOf(connection.RemoteAddress, key) is { } refusal)
        {
            sessions.Close(session, refusal.Code, refusal.Detail, decision);
            return;
        }

        foreach (var slot in session.Offer.Running.Where(slot => !Allows(key, slot.Job.Spec)).ToList())
        {
            leases.Revoke(slot, session.Offer, PolicyChanged, decision);
        }

        // Only the handler knows all that it would offer, so it has to say Hello again. It goes on with the attempts
        // that the key still allows.
        if (session.Connection is { } open)
        {
            var reason = $"{PolicyChanged} Say Hello again.";
            decision.Effects.Add(new Effect.Close(open.Number, ErrorCodes.Unavailable, reason));
            sessions.Disconnect(open.Number, reason, decision);
        }
    }

    private static bool Allows(KeyRecord key, JobSpec spec) =>
        HelloCheck.AllowsMethod(key, spec.Method) && (spec.Group is null || HelloCheck.AllowsGroup(key, spec.Group));

    private static Answer.Refused NotFound(string id, string kind = "key") =>
        new(ErrorCodes.NotFound, $"There is no {kind} \"{id}\".");
}
