namespace ScheduleZero.Contracts.Handlers;

// What a handler with a key pair of its own says beside the rest, and what it is told. No secret crosses the wire:
// KeyProofs has what is signed. Public keys are P-256, as SubjectPublicKeyInfo in base64url without padding.

/// <summary>Makes a key of an enrolment token. May be the first message of a connection.</summary>
/// <param name="TokenId">The 12 characters after <c>sze_</c>.</param>
/// <param name="PublicKey">The half of the agent's new key that may be known.</param>
/// <param name="TokenProof">That the agent has the token.</param>
/// <param name="Proof">That the agent has the other half of the key: its signature.</param>
/// <param name="Handler">The name that it wants; the token's when not given.</param>
public sealed record Enrol(string TokenId, string PublicKey, string TokenProof, string Proof, string? Handler = null)
    : IMessage<Enrol>,
        IHandlerQuestion<Enrolled>
{
    public static MessageKind MessageKind => MessageKind.Enrol;
}

/// <summary>
/// The answer to <see cref="Enrol"/>. The same Enrol said again, because this was lost, is answered the same.
/// </summary>
public sealed record Enrolled : IMessage<Enrolled>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Enrolled;

    public required string KeyId { get; init; }

    /// <summary>How this Broker names itself to this key. A key never signs for another.</summary>
    public required string BrokerId { get; init; }

    public required string Namespace { get; init; }

    public required string Handler { get; init; }

    /// <summary>The key's generation for the first Hello; below 2^53.</summary>
    public required long Generation { get; init; }

    /// <summary>Which methods the handler may offer, as patterns; all when null.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Which groups it may join, as patterns; none when null.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The proof that the Broker knows the token, which whoever carries the messages does not.</summary>
    public required string Proof { get; init; }
}

/// <summary>
/// Asks for something to sign. Comes before each <see cref="Hello"/> with a <see cref="HelloProof"/>, on the same
/// connection.
/// </summary>
public sealed record Challenge(string KeyId) : IMessage<Challenge>, IHandlerQuestion<Nonce>
{
    public static MessageKind MessageKind => MessageKind.Challenge;
}

/// <summary>The answer to <see cref="Challenge"/>: good once, on this connection, for a minute.</summary>
public sealed record Nonce(string Value, string BrokerId) : IMessage<Nonce>, IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Nonce;
}

/// <summary>The proof of who says Hello, in place of an API key.</summary>
/// <param name="Nonce">That of the newest <see cref="Handlers.Nonce"/>.</param>
/// <param name="Generation">As the last <see cref="Welcome"/> or <see cref="Enrolled"/> had it.</param>
/// <param name="Signature">64 bytes, r and s (IEEE P1363), base64url.</param>
public sealed record HelloProof(string KeyId, string Nonce, long Generation, string Signature);

/// <summary>Puts a new key beside the old one. Takes a <see cref="Challenge"/> before, as Hello does.</summary>
/// <param name="PublicKey">The new one.</param>
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
/// <param name="KeyId">The new one.</param>
/// <param name="Generation">For the first Hello with it.</param>
/// <param name="OldExpiresAt">Until then the old one is good too.</param>
public sealed record Rotated(string KeyId, long Generation, DateTimeOffset OldExpiresAt)
    : IMessage<Rotated>,
        IBrokerMessage
{
    public static MessageKind MessageKind => MessageKind.Rotated;
}
