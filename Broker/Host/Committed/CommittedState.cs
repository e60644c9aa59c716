using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Schemas;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// The committed state as the edges read it, without asking the loop. Each view is safe from any thread, and is changed
/// by the loop's speaker after a commit.
/// </summary>
internal sealed record CommittedState(KeyRing Keys, Roster Roster, MethodSchemas Schemas, AuditTailWatch Audit)
{
    public AlertBoard Alerts { get; } = new();

    /// <summary>Restores the views from what the store has, before anything is served.</summary>
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

        foreach (var row in stored.Alerts)
        {
            Alerts.Put(row, isGone: false);
        }
    }

    /// <summary>Applies an effect to the views; false for one that concerns none of them.</summary>
    public bool TryApply(Effect effect)
    {
        switch (effect)
        {
            case Effect.KeyChanged changed:
                Keys.Put(changed.Key);
                return true;
            case Effect.KeyExpired:
                Keys.NoteEnd();
                return true;
            case Effect.AccessChanged changed:
                Roster.Put(changed.Kind, changed.Key, changed.Record);
                return true;
            case Effect.AlertRowChanged changed:
                Alerts.Put(changed.Row, changed.IsGone);
                return true;
            case Effect.OffersChanged changed:
                Schemas.Put(changed);
                return true;
            case Effect.AuditKept kept:
                Audit.Put(kept.Tail);
                return true;
            default:
                return false;
        }
    }
}
