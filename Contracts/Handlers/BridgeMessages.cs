namespace ScheduleZero.Contracts.Handlers;

// What a Bridge and the Broker say to each other. A bridge's key never crosses the link: each side proves that it knows
// the SHA-256 of the key's secret, by an HMAC over both nonces (see BridgeProofs).

/// <summary>Opens a link, or opens it again after a loss. Said every second until it is answered.</summary>
/// <param name="Nonce">16 random bytes or more, base64url.</param>
public sealed record BridgeHello(string Bridge, string Version, int Protocol, string KeyId, string Nonce)
    : IMessage<BridgeHello>
{
    public static MessageKind MessageKind => MessageKind.BridgeHello;
}

/// <param name="Nonce">The Broker's own.</param>
/// <param name="Proof">That the Broker knows the bridge's key.</param>
public sealed record BridgeChallenge(string Nonce, string Proof) : IMessage<BridgeChallenge>
{
    public static MessageKind MessageKind => MessageKind.BridgeChallenge;
}

public sealed record BridgeProof(string Proof) : IMessage<BridgeProof>
{
    public static MessageKind MessageKind => MessageKind.BridgeProof;
}

/// <param name="Epoch">Differs after every start of the Broker: everything said before is forgotten.</param>
public sealed record BridgeWelcome(string Epoch) : IMessage<BridgeWelcome>
{
    public static MessageKind MessageKind => MessageKind.BridgeWelcome;
}

/// <summary>A handler connected. Comes before the connection's first message.</summary>
/// <param name="ApiKey">As the handler presented it.</param>
public sealed record Open(string? RemoteAddress = null, string? ApiKey = null, string? UserAgent = null)
    : IMessage<Open>
{
    public static MessageKind MessageKind => MessageKind.Open;
}

/// <summary>A handler's connection ended.</summary>
public sealed record Closed(string Reason) : IMessage<Closed>
{
    public static MessageKind MessageKind => MessageKind.Closed;
}

/// <summary>Says that the sender is alive; every 2 s in either direction. Ten seconds of silence end a link.</summary>
public sealed record Beat : IMessage<Beat>
{
    public static MessageKind MessageKind => MessageKind.Beat;
}
