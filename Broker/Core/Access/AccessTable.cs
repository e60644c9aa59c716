using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// Users, roles, sign-ins, signing keys and namespaces. Several rows change together or not at all, and only from the
/// version that was read.
/// </summary>
internal sealed class AccessTable(KeyTable keys, NamespaceTable namespaces, TimerHeap wall)
{
    private readonly Dictionary<(AccessKind Kind, string Key), Slot> _rows = [];

    // Rows on disk that nobody could read at the start: they grant nothing, and nothing is written over them.
    private readonly HashSet<(AccessKind Kind, string Key)> _unreadable = [];

    public IEnumerable<AccessRecord> All => _rows.Values.Select(slot => slot.Record);

    public void Restore(AccessRecord record)
    {
        var slot = new Slot(record);
        _rows[(record.Kind, record.Key)] = slot;
        if (record is NamespaceRecord ns)
        {
            namespaces.Of(ns.Name).Record = ns;
        }

        if (record.UselessAt is { } at)
        {
            wall.Set(slot, at.UtcTicks);
        }
    }

    /// <summary>
    /// What these rows said is not known: the namespaces among them are closed, and none of the rows is written over.
    /// </summary>
    public void Close(IEnumerable<(AccessKind Kind, string Key)> unreadable)
    {
        foreach (var row in unreadable)
        {
            _unreadable.Add(row);
            if (row.Kind == AccessKind.Namespace)
            {
                namespaces.Of(row.Key).IsUnreadable = true;
            }
        }
    }

    public AccessRecord? Find(AccessKind kind, string key) => _rows.GetValueOrDefault((kind, key))?.Record;

    /// <summary>For a decision of Core's own, made from the row as it stands.</summary>
    public void Replace(AccessRecord next, Decision decision) =>
        Keep(next with { Version = next.Version + 1 }, decision);

    public void Change(BrokerInput.ChangeAccess asked, Decision decision)
    {
        foreach (var change in asked.Changes)
        {
            if (RefusalOf(change) is { } refused)
            {
                decision.Answer(asked.Ticket, refused);
                return;
            }
        }

        foreach (var change in asked.Changes)
        {
            if (change.Record is { } record)
            {
                Keep(record with { Version = change.ExpectedVersion + 1 }, decision);
            }
            else
            {
                Forget(change.Kind, change.Key, decision);
            }
        }

        decision.Answer(asked.Ticket, Answer.Done.Instance);
    }

    /// <summary>Its time is over.</summary>
    public void Expire(Slot slot, Decision decision) => Forget(slot.Record.Kind, slot.Record.Key, decision);

    /// <summary>The namespace goes, and with it every role there.</summary>
    public void TakeGrantsAway(string ns, Decision decision)
    {
        foreach (
            var user in All.OfType<UserRecord>().Where(user => user.Roles.Any(grant => grant.Namespace == ns)).ToList()
        )
        {
            Keep(
                user with
                {
                    Roles = [.. user.Roles.Where(grant => grant.Namespace != ns)],
                    Version = user.Version + 1,
                },
                decision
            );
        }
    }

    private Answer.Refused? RefusalOf(AccessChange change)
    {
        if (_unreadable.Contains((change.Kind, change.Key)))
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                "A row of that name stands in the store and cannot be read; the Broker's log of its start says "
                    + "why. Nothing was changed."
            );
        }

        var stands = _rows.GetValueOrDefault((change.Kind, change.Key))?.Record;
        if ((stands?.Version ?? 0) != change.ExpectedVersion)
        {
            return (stands, change.ExpectedVersion) switch
            {
                (null, _) => new Answer.Refused(ErrorCodes.NotFound, "It is not there any more."),
                (_, 0) => new Answer.Refused(ErrorCodes.Conflict, "One of that name is there already."),
                _ => new Answer.Refused(ErrorCodes.Conflict, "It has been changed meanwhile: read it again."),
            };
        }

        return change switch
        {
            { Record: UserRecord user } when IsNameTaken(user) => new Answer.Refused(
                ErrorCodes.Conflict,
                $"There is a user \"{user.UserName}\" already."
            ),
            // Its user may have been deleted, or disabled, since the password was looked at.
            { Record: SignInRecord signIn } when UserOf(signIn) is null or { Disabled: true } => new Answer.Refused(
                ErrorCodes.Unauthenticated,
                "The user may not sign in any more."
            ),
            { Kind: AccessKind.Namespace } when stands is NamespaceRecord { DeletedAt: not null } => new Answer.Refused(
                ErrorCodes.Conflict,
                "The namespace is being deleted."
            ),
            { Kind: AccessKind.Role, Record: null } when HolderOf(change.Key) is { } holder => new Answer.Refused(
                ErrorCodes.Conflict,
                $"{holder} has this role; take it away first."
            ),
            _ => null,
        };
    }

    private bool IsNameTaken(UserRecord user) =>
        _rows.Values.Any(slot =>
            slot.Record is UserRecord other && other.NormalizedName == user.NormalizedName && other.Id != user.Id
        );

    private UserRecord? UserOf(SignInRecord signIn) =>
        _rows.GetValueOrDefault((AccessKind.User, signIn.UserId))?.Record as UserRecord;

    private string? HolderOf(string role) =>
        _rows
            .Values.Select(slot => slot.Record)
            .OfType<UserRecord>()
            .FirstOrDefault(user => user.Roles.Any(grant => grant.Role == role))
            is { } user
            ? $"The user \"{user.UserName}\""
        : keys.All.FirstOrDefault(key => key.RevokedAt is null && key.Roles?.Contains(role) == true) is { } key
            ? $"The key \"{key.Id}\""
        : null;

    public void Keep(AccessRecord record, Decision decision)
    {
        if (_rows.TryGetValue((record.Kind, record.Key), out var old))
        {
            TimerHeap.Clear(old);
        }

        Restore(record);
        decision.Changes.Add(new Change.AccessSaved(record));
        decision.Effects.Add(new Effect.AccessChanged(record.Kind, record.Key, record));
        // Whoever had the old password may sit in one of them.
        if (
            record is UserRecord user
            && (user.Disabled || (old?.Record is UserRecord before && before.PasswordChanges != user.PasswordChanges))
        )
        {
            EndSignIns(user.Id, decision);
        }
    }

    public void Forget(AccessKind kind, string key, Decision decision)
    {
        if (_rows.Remove((kind, key), out var slot))
        {
            TimerHeap.Clear(slot);
            if (kind == AccessKind.Namespace)
            {
                namespaces.Of(key).Record = null;
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
            Forget(AccessKind.SignIn, signIn.Id, decision);
        }
    }

    internal sealed class Slot(AccessRecord record) : Timed
    {
        public AccessRecord Record { get; } = record;
    }
}
