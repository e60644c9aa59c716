using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// Holds the rows that say who may do what, other than the API keys: users, roles, user sessions, signing keys,
/// enrolment tokens, namespaces and CURVE keys.
/// </summary>
internal sealed class AccessTable(NamespaceTable namespaces, TimerHeap wall)
{
    private readonly Dictionary<(AccessKind Kind, string Key), Slot> _rows = [];

    /// <summary>
    /// The rows in the store that this start could not read. They grant nothing, and nothing is written over them.
    /// </summary>
    private readonly HashSet<(AccessKind Kind, string Key)> _unreadable = [];

    private IEnumerable<AccessRecord> All => _rows.Values.Select(slot => slot.Record);

    /// <summary>How many CURVE keys are on the list.</summary>
    public int CurveKeys => All.Count(record => record.Kind == AccessKind.CurveKey);

    public IEnumerable<UserRecord> Users => All.OfType<UserRecord>();

    public void Restore(AccessRecord record)
    {
        var slot = new Slot(record);
        _rows[(record.Kind, record.Key)] = slot;
        if (record is NamespaceRecord ns)
        {
            namespaces.Of(ns.Name).Follow(ns.Limits, ns.Addresses, ns.Sealed, isOpen: ns.DeletedAt is null);
        }

        if (record.UselessAt is { } at)
        {
            wall.Set(slot, at.UtcTicks);
        }
    }

    /// <summary>
    /// Notes the rows that this start could not read. The namespaces among them are closed, since nobody knows what
    /// their rows said; and none of the rows is written over.
    /// </summary>
    public void Close(IEnumerable<(AccessKind Kind, string Key)> unreadable)
    {
        foreach (var row in unreadable)
        {
            _unreadable.Add(row);
            if (row.Kind == AccessKind.Namespace)
            {
                namespaces.Of(row.Key).Close();
            }
        }
    }

    /// <summary>Whether the store has a row of that key that this start could not read.</summary>
    public bool IsUnreadable(AccessKind kind, string key) => _unreadable.Contains((kind, key));

    public AccessRecord? Find(AccessKind kind, string key) => _rows.GetValueOrDefault((kind, key))?.Record;

    /// <summary>Saves the next version of a row, for a change that Core itself makes.</summary>
    /// <param name="next">The changed row, still with the version that it had before the change.</param>
    public void Replace(AccessRecord next, Decision decision) =>
        Save(next with { Version = next.Version + 1 }, decision);

    /// <summary>Deletes a row that is of no more use. Called by the row's timer.</summary>
    public void Expire(Slot slot, Decision decision) => Delete(slot.Record.Kind, slot.Record.Key, decision);

    /// <summary>Takes away every role that users have in a namespace, because the namespace is being deleted.</summary>
    public void TakeGrantsAway(string ns, Decision decision)
    {
        foreach (var user in Users.Where(user => user.Roles.Any(grant => grant.Namespace == ns)).ToList())
        {
            Replace(user with { Roles = [.. user.Roles.Where(grant => grant.Namespace != ns)] }, decision);
        }
    }

    public void Save(AccessRecord record, Decision decision)
    {
        if (_rows.TryGetValue((record.Kind, record.Key), out var old))
        {
            TimerHeap.Clear(old);
        }

        Restore(record);
        decision.Changes.Add(new Change.AccessSaved(record));
        decision.Effects.Add(new Effect.AccessChanged(record.Kind, record.Key, record));
        // Somebody who knew the old password may have one of the user's sessions.
        if (
            record is UserRecord user
            && (user.Disabled || (old?.Record is UserRecord before && before.PasswordChanges != user.PasswordChanges))
        )
        {
            EndSignIns(user.Id, decision);
        }
    }

    public void Delete(AccessKind kind, string key, Decision decision)
    {
        if (_rows.Remove((kind, key), out var slot))
        {
            TimerHeap.Clear(slot);
            if (kind == AccessKind.Namespace)
            {
                namespaces.Of(key).FollowNoRow();
            }

            decision.Changes.Add(new Change.AccessDeleted(kind, key));
            decision.Effects.Add(new Effect.AccessChanged(kind, key, null));
        }

        if (kind == AccessKind.User)
        {
            EndSignIns(key, decision);
        }
    }

    private void EndSignIns(string userId, Decision decision)
    {
        foreach (var signIn in All.OfType<SignInRecord>().Where(signIn => signIn.UserId == userId).ToList())
        {
            Delete(AccessKind.SignIn, signIn.Id, decision);
        }
    }

    internal sealed class Slot(AccessRecord record) : Timed
    {
        public AccessRecord Record { get; } = record;
    }
}
