using ScheduleZero.Dashboard;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>What the dashboard asks about user sessions, answered from the committed state.</summary>
internal sealed class UserSessions(Roster roster, LiveAccess live, AccessTokens tokens) : IUserSessions
{
    public bool HasUsers => roster.Users.Any();

    public UserSession? Find(string id) =>
        live.OfSignIn(id) is { User: { } user, SignIn: { } signIn }
            ? new UserSession(id, user.UserName, user.MustChangePassword, signIn.ExpiresAt)
            : null;

    public string? IssueToken(string id) =>
        live.OfSignIn(id) is { User: { } user, SignIn: { } signIn } ? tokens.Issue(user, signIn) : null;
}
