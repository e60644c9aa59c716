using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Schemas;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>What the edges know of the last commit without asking the loop.</summary>
internal sealed record Mirrors(KeyRing Keys, Roster Roster, MethodSchemas Schemas, AuditTailWatch Audit)
{
    /// <summary>Takes what the store kept, before anything is served.</summary>
    public void Restore(StoredState stored)
    {
        Audit.Put(stored.AuditTail);
        foreach (var key in stored.Keys)
        {
            Keys.Put(key);
        }

        foreach (var record in stored.Access)
        {
            Roster.Put(record.Kind, record.Key, record);
        }
    }

    /// <summary>False for an effect that is none of theirs.</summary>
    public bool Take(Effect effect)
    {
        switch (effect)
        {
            case Effect.KeyChanged changed:
                Keys.Put(changed.Key);
                return true;
            case Effect.AccessChanged changed:
                Roster.Put(changed.Kind, changed.Key, changed.Record);
                return true;
            case Effect.OffersChanged changed:
                Schemas.Take(changed);
                return true;
            case Effect.AuditKept kept:
                Audit.Put(kept.Tail);
                return true;
            default:
                return false;
        }
    }
}
