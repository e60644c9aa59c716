using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// Decides the requests to change users, roles, user sessions, signing keys, enrolment tokens and namespaces. The rows
/// of one request change together or not at all, and each only from the version that the caller has read.
/// </summary>
internal sealed class AccessCommands(AccessTable access, KeyTable keys)
{
    public Answer Change(BrokerInput.ChangeAccess asked, Decision decision)
    {
        foreach (var change in asked.Changes)
        {
            if (RefusalOf(change) is { } refused)
            {
                return refused;
            }
        }

        foreach (var change in asked.Changes)
        {
            if (change.Record is { } record)
            {
                access.Save(record with { Version = change.ExpectedVersion + 1 }, decision);
            }
            else
            {
                access.Delete(change.Kind, change.Key, decision);
            }
        }

        return Answer.Done.Instance;
    }

    private Answer.Refused? RefusalOf(AccessChange change)
    {
        if (access.IsUnreadable(change.Kind, change.Key))
        {
            return new Answer.Refused(
                ErrorCodes.Conflict,
                "A row of that name stands in the store and cannot be read; the Broker's log of its start says "
                    + "why. Nothing was changed."
            );
        }

        var stands = access.Find(change.Kind, change.Key);
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
            // The user may have been deleted, or disabled, since the password was checked.
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
        access.Users.Any(other => other.NormalizedName == user.NormalizedName && other.Id != user.Id);

    private UserRecord? UserOf(SignInRecord signIn) => access.Find(AccessKind.User, signIn.UserId) as UserRecord;

    /// <summary>The first user or valid key that has the role, in words; null for nobody.</summary>
    private string? HolderOf(string role) =>
        access.Users.FirstOrDefault(user => user.Roles.Any(grant => grant.Role == role)) is { } user
            ? $"The user \"{user.UserName}\""
        : keys.All.FirstOrDefault(key => key.RevokedAt is null && key.Roles?.Contains(role) == true) is { } key
            ? $"The key \"{key.Id}\""
        : null;
}
