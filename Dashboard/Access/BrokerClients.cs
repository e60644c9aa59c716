using System.Security.Claims;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.InProcess;

namespace ScheduleZero.Dashboard.Access;

/// <summary>Makes typed clients whose requests go through the Broker's own pipeline of REST, in this process.</summary>
internal sealed class BrokerClients(BrokerPipeline broker, IUserSessions sessions, TimeProvider time)
{
    // Nothing listens there: the name only fills the places where HTTP wants one.
    private static readonly Uri Server = new("http://broker.invalid/");

    /// <summary>How long a page waits for an answer of REST before it says so.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    public PageCaller CallerOf(ClaimsPrincipal principal) => new(principal, sessions, time);

    /// <param name="apiKey">A key that somebody has typed into the page; null for the caller's user session.</param>
    public ScheduleZeroClient For(PageCaller caller, string? ns = null, string? apiKey = null) =>
        new(
            new ScheduleZeroClientOptions
            {
                Server = Server,
                Namespace = ns ?? Names.DefaultNamespace,
                ApiKey = apiKey,
                Timeout = AnswerTimeout,
                ReconnectDelay = TimeSpan.FromMilliseconds(250),
            },
            new BrokerHandler(broker, caller)
        );

    /// <summary>Asks who the holder of an access token is.</summary>
    public async Task<MeView> MeAsync(
        string accessToken,
        ClaimsPrincipal principal,
        CancellationToken cancellationToken
    )
    {
        using var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = Server,
                AccessToken = accessToken,
                Timeout = AnswerTimeout,
            },
            new BrokerHandler(broker, CallerOf(principal))
        );
        return await client.Auth.MeAsync(cancellationToken);
    }
}
