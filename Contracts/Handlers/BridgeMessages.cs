namespace ScheduleZero.Contracts.Handlers;

// The messages between a Bridge and the Broker. A bridge's key never crosses the link: each side proves that it knows
// the SHA-256 of the key's secret, by an HMAC over both nonces (see BridgeProofs).

/// <summary>
/// Opens a link, or opens it again after a loss. The Bridge sends the message every second until it is answered.
/// </summary>
/// <param name="Version">What the Bridge runs, for operators: printable ASCII, <see cref="VersionLengthMax"/>
/// characters at most; empty for a Bridge that does not say.</param>
/// <param name="Nonce">16 random bytes or more, base64url.</param>
/// <param name="Trouble">What had kept the Bridge from linking since it was last linked; null for nothing.</param>
public sealed record BridgeHello(
    string Bridge,
    string Version,
    int Protocol,
    string KeyId,
    string Nonce,
    LinkTrouble? Trouble = null
) : IMessage<BridgeHello>
{
    /// <summary>The most characters of a version.</summary>
    public const int VersionLengthMax = 64;

    public static MessageKind MessageKind => MessageKind.BridgeHello;

    /// <summary>Whether a text may be the version of a Bridge.</summary>
    public static bool IsVersion(string? text) =>
        text is { Length: <= VersionLengthMax } && text.All(character => character is >= ' ' and <= '~');
}

/// <summary>What a Bridge says of the tries to link that failed before the present one.</summary>
/// <param name="Attempts">How many there were.</param>
/// <param name="Reason">Why the last one failed, in words; 500 characters at most.</param>
public sealed record LinkTrouble(int Attempts, string Reason)
{
    /// <summary>The most characters of a reason.</summary>
    public const int ReasonLengthMax = 500;
}

/// <summary>The Broker's answer to a <see cref="BridgeHello"/>.</summary>
/// <param name="Nonce">The Broker's own random bytes, base64url.</param>
/// <param name="Proof">Shows that the Broker knows the bridge's key.</param>
public sealed record BridgeChallenge(string Nonce, string Proof) : IMessage<BridgeChallenge>
{
    public static MessageKind MessageKind => MessageKind.BridgeChallenge;
}

public sealed record BridgeProof(string Proof) : IMessage<BridgeProof>
{
    public static MessageKind MessageKind => MessageKind.BridgeProof;
}

/// <summary>Ends the handshake of a link.</summary>
/// <param name="Epoch">Differs after every start of the Broker. A Bridge that sees another epoch than before forgets
/// everything that was said before.</param>
/// <param name="ChecksCertificates">Whether the Broker checks the <see cref="Open.CertificateNames"/>; Brokers before
/// version 0.2 do not.</param>
public sealed record BridgeWelcome(string Epoch, bool ChecksCertificates = false) : IMessage<BridgeWelcome>
{
    public static MessageKind MessageKind => MessageKind.BridgeWelcome;
}

/// <summary>A handler connected to the Bridge. The message comes before the connection's first message.</summary>
/// <param name="ApiKey">The API key as the handler presented it; null without one.</param>
/// <param name="CertificateNames">The handlers that the connection's certificate names, as
/// <see cref="HandlerPath"/> has them, 16 at most: only one of them may say Hello. Null where certificates are not
/// bound to handlers.</param>
public sealed record Open(
    string? RemoteAddress = null,
    string? ApiKey = null,
    string? UserAgent = null,
    IReadOnlyList<string>? CertificateNames = null
) : IMessage<Open>
{
    public static MessageKind MessageKind => MessageKind.Open;

    /// <summary>
    /// The transport of SignalR: <c>webSockets</c>, <c>serverSentEvents</c> or <c>longPolling</c>; null from a Bridge
    /// that does not say.
    /// </summary>
    public string? Transport { get; init; }

    /// <summary>
    /// What the Bridge saw of proxies on the way: the header <c>Via</c>, or the name of another header by which proxies
    /// are known; null when it saw none.
    /// </summary>
    public string? Via { get; init; }
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
