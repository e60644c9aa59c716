using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Contracts.Handlers;

// The messages of handlers that have a key pair of their own, and the answers to them. No secret crosses the wire:
// KeyProofs says what is signed. Public keys are P-256, as SubjectPublicKeyInfo in base64url without padding.

/// <summary>Makes a key with an enrolment token. The message may be the first one of a connection.</summary>
/// <param name="TokenId">The 12 characters after <c>sze_</c>.</param>
/// <param name="PublicKey">The public half of the agent's new key.</param>
/// <param name="TokenProof">Shows that the agent has the token.</param>
/// <param name="Proof">A signature, which shows that the agent has the private half of the key.</param>
/// <param name="Handler">The name that the agent wants; null for the token's own.</param>
/// <param name="CurveKey">The agent's public CURVE key, 40 characters, which may connect to the ROUTER from then on;
/// null for none.</param>
/// <param name="CurveProof">Shows that whoever has the token named the CURVE key; null without one.</param>
public sealed record Enrol(
    string TokenId,
    string PublicKey,
    string TokenProof,
    string Proof,
    string? Handler = null,
    string? CurveKey = null,
    string? CurveProof = null
) : IMessage<Enrol>, IHandlerQuestion<Enrolled>
{
    public static MessageKind MessageKind => MessageKind.Enrol;
}

/// <summary>
/// The answer to <see cref="Enrol"/>. An Enrol that is said again, because this answer was lost, gets the same answer.
/// </summary>
public sealed record Enrolled : IMessage<Enrolled>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Enrolled;

    public required string KeyId { get; init; }

    /// <summary>The id by which this Broker is known to the key. A key never signs for another id.</summary>
    public required string BrokerId { get; init; }

    public required string Namespace { get; init; }

    public required string Handler { get; init; }

    /// <summary>The key's generation, to say in the first Hello; below 2^53.</summary>
    public required long Generation { get; init; }

    /// <summary>The methods that the handler may offer, as patterns; null for all.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>The groups that the handler may join, as patterns; null for none.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Whether the CURVE key of the <see cref="Enrol"/> may connect; false from an older Broker.</summary>
    public bool CurveAllowed { get; init; }

    /// <summary>The proof that the Broker knows the token, which whoever carries the messages does not.</summary>
    public required string Proof { get; init; }

    /// <summary>
    /// The public key by which the Broker proves who it is from now on, as <see cref="SealAnswer"/> has it; null from
    /// an older Broker.
    /// </summary>
    public AuditKey? BrokerKey { get; init; }

    /// <summary>
    /// The proof that <see cref="BrokerKey"/> is the key of the Broker that made the token; null without a key.
    /// </summary>
    public string? BrokerKeyProof { get; init; }
}

/// <summary>
/// Asks for a nonce to sign. A Challenge comes before each <see cref="Hello"/> with a <see cref="HelloProof"/>, on the
/// same connection.
/// </summary>
/// <param name="Seal">What the handler adds so that the session can be sealed; null when it cannot be.</param>
public sealed record Challenge(string KeyId, SealOffer? Seal = null) : IMessage<Challenge>, IHandlerQuestion<Nonce>
{
    public static MessageKind MessageKind => MessageKind.Challenge;
}

/// <summary>
/// The answer to <see cref="Challenge"/>: a nonce that is good once, on this connection, for a minute.
/// </summary>
/// <param name="Seal">The Broker's answer to what the handler offered; null when it offered nothing, and from an older
/// Broker.</param>
public sealed record Nonce(string Value, string BrokerId, SealAnswer? Seal = null) : IMessage<Nonce>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Nonce;
}

/// <summary>A handler's half of the handshake of a sealed session.</summary>
/// <param name="Key">A public key that is made for this session alone.</param>
public sealed record SealOffer(string Key);

/// <summary>The Broker's half of the handshake of a sealed session, signed with the Broker's key.</summary>
/// <param name="Signature">The signature over <see cref="SealProofs.TextOfAnswer"/>: 64 bytes, r and s, base64url.
/// </param>
/// <param name="Key">A public key that is made for this session alone; null when the session is not to be sealed.
/// </param>
public sealed record SealAnswer(string Signature, string? Key = null);

/// <summary>Proves which handler says Hello, in place of an API key.</summary>
/// <param name="Nonce">The value of the newest <see cref="Handlers.Nonce"/>.</param>
/// <param name="Generation">The generation as the last <see cref="Welcome"/> or <see cref="Enrolled"/> had it.</param>
/// <param name="Signature">The signature: 64 bytes, r and s (IEEE P1363), base64url.</param>
public sealed record HelloProof(string KeyId, string Nonce, long Generation, string Signature);

/// <summary>
/// Puts a new key beside the old one. A <see cref="Challenge"/> comes before a Rotate, as it does before a Hello.
/// </summary>
/// <param name="PublicKey">The new key.</param>
/// <param name="Proof">The old key's signature.</param>
/// <param name="NewProof">The new key's signature.</param>
public sealed record Rotate(
    string KeyId,
    string Nonce,
    long Generation,
    string PublicKey,
    string Proof,
    string NewProof
) : IMessage<Rotate>, IHandlerQuestion<Rotated>
{
    public static MessageKind MessageKind => MessageKind.Rotate;
}

/// <summary>The answer to <see cref="Rotate"/>: the new key is good from now on.</summary>
/// <param name="KeyId">The id of the new key.</param>
/// <param name="Generation">The generation to say in the first Hello with the new key.</param>
/// <param name="OldExpiresAt">The instant until which the old key is good too.</param>
public sealed record Rotated(string KeyId, long Generation, DateTimeOffset OldExpiresAt)
    : IMessage<Rotated>,
        IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Rotated;
}
