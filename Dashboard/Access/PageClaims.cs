using System.Net;
using System.Security.Claims;

namespace ScheduleZero.Dashboard.Access;

/// <summary>
/// What a page knows about its browser, as claims: the framework carries these, and nothing else, from a request to the
/// page that lives on after it.
/// </summary>
internal static class PageClaims
{
    // The framework ties antiforgery tokens to this claim.
    private const string Session = ClaimTypes.NameIdentifier;
    private const string Address = "sz:address";
    private const string Agent = "sz:agent";
    private const int AgentLengthMax = 200;

    /// <param name="session">The user session; null for a stranger.</param>
    public static ClaimsPrincipal Make(UserSession? session, IPAddress? address, string userAgent)
    {
        List<Claim> claims = [];
        if (session is not null)
        {
            claims.Add(new Claim(Session, session.Id));
            claims.Add(new Claim(ClaimTypes.Name, session.UserName));
        }

        if (address is not null)
        {
            claims.Add(new Claim(Address, address.ToString()));
        }

        if (userAgent.Length > 0)
        {
            claims.Add(new Claim(Agent, userAgent.Length > AgentLengthMax ? userAgent[..AgentLengthMax] : userAgent));
        }

        return new ClaimsPrincipal(new ClaimsIdentity(claims, session is null ? null : "Dashboard"));
    }

    public static string? SessionOf(ClaimsPrincipal principal) => principal.FindFirst(Session)?.Value;

    public static string? NameOf(ClaimsPrincipal principal) => principal.FindFirst(ClaimTypes.Name)?.Value;

    public static IPAddress? AddressOf(ClaimsPrincipal principal) =>
        IPAddress.TryParse(principal.FindFirst(Address)?.Value, out var address) ? address : null;

    public static string? AgentOf(ClaimsPrincipal principal) => principal.FindFirst(Agent)?.Value;
}
