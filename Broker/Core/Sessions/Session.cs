using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Sessions;

internal enum SessionState
{
    /// <summary>The session waits for its first probe to come back.</summary>
    Starting,
    Ready,

    /// <summary>A probe did not come back in time; the session takes no new work until it does.</summary>
    Unresponsive,

    /// <summary>The connection is closed; the handler may return within the lease.</summary>
    Detached,
}

/// <summary>
/// One instance of a handler, over as many connections as it takes, one at a time. The session's timer waits on the
/// steady clock for the end of the silence that is allowed, or for the time of the next probe.
/// </summary>
internal sealed class Session(SessionOffer offer) : Timed
{
    /// <summary>What the session offers and runs, for the dispatcher.</summary>
    public SessionOffer Offer { get; } = offer;

    public string Id => Offer.SessionId;

    public string Namespace => Offer.Namespace;

    public string Handler => Offer.Handler;

    public string Instance => Offer.Instance;

    /// <summary>The key with which the handler said Hello, as it stands now.</summary>
    public required KeyRecord Key { get; set; }

    /// <summary>Whether the newest Hello was sealed, and so is everything after it on its connection.</summary>
    public bool IsSealed { get; set; }

    /// <summary>The connection that reaches the handler; null while the session is detached.</summary>
    public Connection? Connection { get; private set; }

    public SessionState State { get; set; }

    /// <summary>True once the handler has reported everything that it ran while it was out of reach.</summary>
    public bool IsSettled { get; set; }

    /// <summary>When the handler's signed copies of schedules are to be renewed; null before it got any.</summary>
    public DateTimeOffset? RenewAt { get; set; }

    /// <summary>Messages about offline runs that are not answered yet, oldest first.</summary>
    public Queue<BrokerInput.RanSaid> UnansweredRuns { get; } = new();

    /// <summary>The name and version of the handler's software, as it says; null when it does not.</summary>
    public string? Agent { get; set; }

    public IReadOnlyDictionary<string, string>? Labels { get; set; }

    /// <summary>What the handler says of the network on its way; null when it says nothing.</summary>
    public HelloWay? Way { get; set; }

    /// <summary>
    /// The time from the newest probe to its answer; null before the first answer on this connection.
    /// </summary>
    public TimeSpan? RoundTrip { get; set; }

    /// <summary>When the newest probe was sent, on the steady clock.</summary>
    public TimeSpan ProbedAt { get; set; }

    /// <summary>When the newest connection was bound; the default before the first.</summary>
    public DateTimeOffset ConnectedAt { get; set; }

    /// <summary>When the newest message came, on the steady clock.</summary>
    public TimeSpan LastHeard { get; set; }

    /// <summary>When the newest message came, by the wall clock.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>Notes a sign of life of the handler.</summary>
    public void Hear(Moment now) => (LastHeard, LastSeenAt) = (now.Steady, now.Wall);

    /// <summary>The nonce of the probe that has not come back; null while none is under way.</summary>
    public string? ProbeNonce { get; set; }

    /// <summary>When the next probe is due, or the probe that is under way is late, on the steady clock.</summary>
    public TimeSpan ProbeAt { get; set; }

    /// <summary>How many probes in a row were not answered in time on this connection.</summary>
    public int UnansweredProbes { get; set; }

    /// <summary>The number of reports on this connection that made no sense; a few of them close it.</summary>
    public int Strikes { get; set; }

    /// <summary>The number of attempts that the handler has rejected since it last began one.</summary>
    public int RejectedInARow { get; set; }

    /// <summary>Methods that the handler wants to offer and its key does not allow; null when there are none.</summary>
    public IReadOnlySet<string>? DeniedMethods { get; set; }

    /// <summary>Groups that the handler wants to join and its key does not allow; null when there are none.</summary>
    public IReadOnlySet<string>? DeniedGroups { get; set; }

    /// <summary>Binds the session to a connection, in place of the one before.</summary>
    public void Attach(Connection connection)
    {
        Connection = connection;
        connection.Session = this;
        Offer.Connect(connection.Number, connection.Bridge);
    }

    /// <summary>Unbinds the session from its connection, which is closed or serves another session.</summary>
    public void Detach()
    {
        Connection = null;
        Offer.Disconnect();
    }
}

/// <summary>A nonce that was given out, and with which a key has not proved itself yet.</summary>
/// <param name="KeyId">The key whose proof is awaited.</param>
/// <param name="Generation">The key's newest generation when the nonce was asked for.</param>
/// <param name="Until">When the nonce expires, on the steady clock.</param>
internal sealed record OpenChallenge(string KeyId, string Nonce, long Generation, TimeSpan Until);

/// <summary>One connection of a handler, with the number that the edge gave it.</summary>
internal sealed class Connection
{
    public required long Number { get; init; }

    /// <summary>The Bridge that carries the connection; null for a direct connection.</summary>
    public string? Bridge { get; init; }

    /// <summary>The handler's address as the Bridge saw it; null where it is not known.</summary>
    public string? RemoteAddress { get; init; }

    /// <summary>The transport of SignalR, as the Bridge says; null when nobody does.</summary>
    public string? Transport { get; init; }

    /// <summary>The transport as operators see it: that of SignalR, or ZeroMQ for a direct connection.</summary>
    public string? WayTransport => Bridge is null ? WayCheck.ZeroMq : Transport;

    /// <summary>What the Bridge saw of proxies on the way; null when it saw none.</summary>
    public string? Via { get; init; }

    /// <summary>What the connection said about its key when it was opened; null when it said nothing.</summary>
    public KeyClaim? Claim { get; init; }

    /// <summary>
    /// The handlers that the certificate of the connection names, one of which must say Hello; null where any may.
    /// </summary>
    public IReadOnlyList<string>? CertificateNames { get; init; }

    /// <summary>The nonce that the next proof must sign; null when there is none.</summary>
    public OpenChallenge? Challenge { get; set; }

    /// <summary>Whether the handler's newest Challenge offered to seal the session.</summary>
    public bool OfferedSeal { get; set; }

    /// <summary>The session that said Hello here; null before a Hello, and after the session's end.</summary>
    public Session? Session { get; set; }
}
