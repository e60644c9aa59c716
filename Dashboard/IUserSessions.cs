namespace ScheduleZero.Dashboard;

/// <summary>A user session that stands.</summary>
/// <param name="Id">The id of the session, as <c>GET /api/auth/me</c> shows it.</param>
/// <param name="MustChangePassword">Whether the user may do nothing else before choosing a password.</param>
public sealed record UserSession(string Id, string UserName, bool MustChangePassword, DateTimeOffset ExpiresAt);

/// <summary>
/// The user sessions of the Broker, as last committed. The Broker implements this; safe from any thread.
/// </summary>
public interface IUserSessions
{
    /// <summary>Whether there is any user. Without one, nobody can sign in.</summary>
    bool HasUsers { get; }

    /// <summary>The user session of an id; null when it has ended, or its user is disabled.</summary>
    UserSession? Find(string id);

    /// <summary>Makes an access token for a user session; null when the session has ended.</summary>
    string? IssueToken(string id);
}
