using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// An enrolment token, with which one agent may make a key for itself, and what that key may do. The row stays until
/// the token expires, whether the token was used or not.
/// </summary>
public sealed record EnrolmentRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.Enrolment;

    public override string Key => Id;

    public override DateTimeOffset? UselessAt => ExpiresAt;

    public required string Id { get; init; }

    /// <summary>The SHA-256 hash of the token's secret.</summary>
    public required byte[] SecretHash { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The handler's name; null when the agent may choose one that fits <see cref="Handlers"/>.</summary>
    public string? Handler { get; init; }

    /// <summary>
    /// The pattern of the names among which the agent may choose; null when the token names a handler.
    /// </summary>
    public string? Handlers { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The addresses from which the token, and the key made with it, may be used; null for any.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    public int? MaxCapacity { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When the key that is made with the token expires; null for never.</summary>
    public DateTimeOffset? KeyExpiresAt { get; init; }

    /// <summary>When the token was used; null while it was not.</summary>
    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>The id of the key that was made with the token; null while it was not used.</summary>
    public string? KeyId { get; init; }

    /// <summary>
    /// The name that the token gives to an agent; null when the agent may not have the name that it asks for.
    /// </summary>
    /// <param name="asked">The name that the agent asks for; null when it leaves the choice to the token.</param>
    public string? NameFor(string? asked) =>
        Handler is not null
            ? asked is null || asked == Handler
                ? Handler
                : null
            : Names.IsName(asked) && Names.Matches(Handlers, asked)
                ? asked
                : null;

    /// <summary>
    /// Whether the token may be used from the address. A peer whose address is not known may not use a token that is
    /// bound to addresses.
    /// </summary>
    public bool Admits(string? address) => Addresses is null || AddressRange.AnyHolds(Addresses, address);
}
