using System.Net;
using System.Security.Claims;
using ScheduleZero.Dashboard.InProcess;

namespace ScheduleZero.Dashboard.Access;

/// <summary>Who a page acts for, by the claims of its request.</summary>
internal sealed class PageCaller(ClaimsPrincipal principal, IUserSessions sessions, TimeProvider time) : IPageCaller
{
    /// <summary>How long an access token is used: well below the life of one, which is 10 minutes.</summary>
    private static readonly TimeSpan TokenUse = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private string? _token;
    private DateTimeOffset _tokenUntil;

    /// <summary>The id of the user session; null for a stranger.</summary>
    public string? SessionId { get; } = PageClaims.SessionOf(principal);

    public string UserName { get; } = PageClaims.NameOf(principal) ?? "";

    public IPAddress? Address { get; } = PageClaims.AddressOf(principal);

    public string? UserAgent { get; } = PageClaims.AgentOf(principal);

    public string? AccessToken
    {
        get
        {
            if (SessionId is null || sessions.Find(SessionId) is null)
            {
                return null;
            }

            lock (_gate)
            {
                var now = time.GetUtcNow();
                if (_token is null || now >= _tokenUntil)
                {
                    _token = sessions.IssueToken(SessionId);
                    _tokenUntil = now + TokenUse;
                }

                return _token;
            }
        }
    }
}
