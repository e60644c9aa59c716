using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>What a key allows may change while its holder is at work, and holds at once.</summary>
internal static class KeyPolicies
{
    private const string Reason = "The key's policy was changed.";

    public static void Change(
        BrokerInput.ChangeKey asked,
        KeyTable keys,
        SessionTable sessions,
        Leases leases,
        Decision decision
    )
    {
        if (
            keys.Find(asked.Id) is not { } key
            || key.Namespace != asked.Namespace
            || (asked.IsForHandler && key.Kind != KeyKind.Handler)
        )
        {
            var kind = asked.IsForHandler ? "handler's key" : "key";
            decision.Refuse(asked.Ticket, ErrorCodes.NotFound, $"There is no {kind} \"{asked.Id}\".");
            return;
        }

        if (asked.RequestsPerMinute is not null && key.Kind != KeyKind.Service)
        {
            decision.Refuse(
                asked.Ticket,
                ErrorCodes.Invalid,
                "Only a service's key makes requests: requestsPerMinute is not for this one."
            );
            return;
        }

        if (!key.IsValidAt(decision.Now.Wall))
        {
            decision.Refuse(asked.Ticket, ErrorCodes.Conflict, "The key was revoked, or has expired.");
            return;
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
            Judge(session, next, sessions, leases, decision);
        }

        decision.Answer(asked.Ticket, new Answer.KeyIs(next));
    }

    private static void Judge(Session session, KeyRecord key, SessionTable sessions, Leases leases, Decision decision)
    {
        session.Key = key;
        if (session.Connection is { } connection && HelloCheck.RefusalOf(connection.RemoteAddress, key) is { } refusal)
        {
            sessions.Close(session, refusal.Code, refusal.Detail, decision);
            return;
        }

        foreach (var slot in session.Offer.Running.Where(slot => !Allows(key, slot.Job.Spec)).ToList())
        {
            leases.Revoke(slot, session.Offer, Reason, decision);
        }

        // Only the handler knows all that it would offer: it says Hello again, and keeps the attempts that it may go on
        // with.
        if (session.Connection is { } open)
        {
            decision.Effects.Add(new Effect.Close(open.Number, ErrorCodes.Unavailable, $"{Reason} Say Hello again."));
            sessions.Disconnect(open.Number, decision);
        }
    }

    private static bool Allows(KeyRecord key, JobSpec spec) =>
        HelloCheck.AllowsMethod(key, spec.Method) && (spec.Group is null || HelloCheck.AllowsGroup(key, spec.Group));
}
