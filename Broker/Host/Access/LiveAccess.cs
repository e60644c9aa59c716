namespace ScheduleZero.Broker.Host.Access;

/// <summary>Judges long requests again while they last, by the state that is committed now.</summary>
internal sealed class LiveAccess(KeyRing keys, Roster roster, Authority authority, TimeProvider time)
{
    /// <summary>Whether the caller's key, session, user and roles still open the route.</summary>
    public bool StillHolds(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<PermissionRequirement>() is { } requirement
        && Refresh(Caller.Of(http)) is { } caller
        && requirement.Judge(authority, caller, http) == Verdict.Allowed;

    /// <summary>
    /// The caller of a session as last committed; null when the session is over or its user is disabled.
    /// </summary>
    public Caller? OfSignIn(string id) =>
        roster.FindSignIn(id) is { } signIn
        && signIn.ExpiresAt > time.GetUtcNow()
        && roster.FindUser(signIn.UserId) is { Disabled: false } user
            ? Caller.For(signIn, user)
            : null;

    private Caller? Refresh(Caller caller) =>
        caller.Key is { } key
            ? keys.Find(key.Id) is { } record
                ? Caller.For(record)
                : null
            : OfSignIn(caller.SignIn!.Id);
}
