namespace ScheduleZero.Contracts.Rest;

/// <summary>The side of a link that dials the other.</summary>
public enum LinkDialler
{
    /// <summary>The Broker dials a Bridge or a proxy.</summary>
    Broker,

    /// <summary>A Bridge or a proxy dials the Broker.</summary>
    Peer,
}

/// <summary>Whether a link is of use.</summary>
public enum LinkState
{
    /// <summary>At least one Bridge has proved its key on the link.</summary>
    Up,

    /// <summary>A connection stands, and no Bridge has proved its key on it: that of a proxy, or not yet.</summary>
    Connected,

    /// <summary>There is no connection.</summary>
    Down,
}

/// <summary>Why a link is down, as an operator would ask.</summary>
public enum LinkErrorReason
{
    /// <summary>The address has no route, no name or no answer.</summary>
    Unreachable,

    /// <summary>Nobody listens at the address; or the other side does not accept the Bridge's key.</summary>
    Refused,

    /// <summary>The server does not have the CURVE key that was expected of it.</summary>
    WrongServerKey,

    /// <summary>The CURVE key of the client is not allowed at the server.</summary>
    KeyNotAllowed,

    /// <summary>One side wants CURVE, and the other offers plaintext.</summary>
    PlaintextPeer,

    /// <summary>Another reason, which the text says.</summary>
    Other,
}

/// <summary>What was wrong with a link the last time.</summary>
public sealed record LinkError
{
    public required LinkErrorReason Reason { get; init; }

    /// <summary>The reason in words.</summary>
    public required string Detail { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>A link between the Broker and Bridges or proxies, or an address whose tries were refused.</summary>
public sealed record LinkView
{
    /// <summary>The endpoint that the Broker dials, or the address from which the peer has dialled.</summary>
    public required string Address { get; init; }

    public required LinkDialler DialledBy { get; init; }

    public required LinkState State { get; init; }

    /// <summary>Since when the link has been in this state.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The names of the Bridges that have proved their keys on the link, or had when it went down.</summary>
    public required IReadOnlyList<string> Bridges { get; init; }

    /// <summary>
    /// The versions that those Bridges say they run, by name. A Bridge that says none is missing, and so is the field
    /// where none says one.
    /// </summary>
    public IReadOnlyDictionary<string, string>? BridgeVersions { get; init; }

    /// <summary>How many tries have failed since the link was last up.</summary>
    public required int Attempts { get; init; }

    /// <summary>The last thing that was wrong; missing when nothing was.</summary>
    public LinkError? LastError { get; init; }

    /// <summary>When the Broker dials again; missing while a connection stands, and where the peer dials.</summary>
    public DateTimeOffset? NextTryAt { get; init; }
}
