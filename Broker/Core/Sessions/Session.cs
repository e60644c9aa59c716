using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Sessions;

internal enum SessionState
{
    /// <summary>Waits for its first probe to come back.</summary>
    Starting,
    Ready,

    /// <summary>A probe did not come back in time; takes no new work until it does.</summary>
    Unresponsive,

    /// <summary>Its connection is gone; it may return within the lease.</summary>
    Detached,
}

/// <summary>One running copy of a handler, over as many connections as it takes, one at a time.</summary>
internal sealed class Session(SessionOffer offer) : Timed
{
    /// <summary>What the session offers and runs, for the dispatcher.</summary>
    public SessionOffer Offer { get; } = offer;

    public string Id => Offer.SessionId;

    public string Namespace => Offer.Namespace;

    public string Handler => Offer.Handler;

    public string Instance => Offer.Instance;

    public required KeyRecord Key { get; set; }

    /// <summary>The Welcome brought a generation, and the handler has not spoken since.</summary>
    public bool IsUnconfirmed { get; set; }

    /// <summary>Null while detached.</summary>
    public Connection? Connection { get; private set; }

    public SessionState State { get; set; }

    /// <summary>It has told of all that it ran while it was out of reach.</summary>
    public bool IsSettled { get; set; }

    /// <summary>When its copies of schedules are to be renewed.</summary>
    public DateTimeOffset? RenewAt { get; set; }

    /// <summary>What it has told of, and has not been taken yet.</summary>
    public Queue<BrokerInput.RanSaid> Told { get; } = new();

    public string? Agent { get; set; }

    public IReadOnlyDictionary<string, string>? Labels { get; set; }

    public DateTimeOffset ConnectedAt { get; set; }

    public TimeSpan LastHeard { get; set; }

    /// <summary>When its newest message came, by the wall clock.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>It has given a sign of life.</summary>
    public void Hear(Moment now) => (LastHeard, LastSeenAt) = (now.Steady, now.Wall);

    public string? ProbeNonce { get; set; }

    public TimeSpan ProbeAt { get; set; }

    /// <summary>Reports that made no sense; a few of them end the connection.</summary>
    public int Strikes { get; set; }

    /// <summary>Attempts that it gave back since it last began one.</summary>
    public int RejectedInARow { get; set; }

    /// <summary>What it wants to offer, and its key does not let it; null when that is nothing.</summary>
    public IReadOnlySet<string>? DeniedMethods { get; set; }

    /// <summary>The groups that it wants to join, and its key does not let it; null when there are none.</summary>
    public IReadOnlySet<string>? DeniedGroups { get; set; }

    public void Attach(Connection connection)
    {
        Connection = connection;
        connection.Session = this;
        Offer.Connect(connection.Number, connection.Bridge);
    }

    public void Detach()
    {
        Connection = null;
        Offer.Disconnect();
    }
}

/// <param name="KeyId">Whose proof is awaited.</param>
/// <param name="Generation">The newest of the key when it was asked.</param>
/// <param name="Until">On the steady clock.</param>
internal sealed record OpenChallenge(string KeyId, string Nonce, long Generation, TimeSpan Until);

/// <summary>One connection of a handler, as the shell numbers them.</summary>
internal sealed class Connection
{
    public required long Number { get; init; }

    public string? Bridge { get; init; }

    public string? RemoteAddress { get; init; }

    public KeyClaim? Claim { get; init; }

    /// <summary>What its next proof must sign; null when there is nothing to sign.</summary>
    public OpenChallenge? Challenge { get; set; }

    public Session? Session { get; set; }
}
