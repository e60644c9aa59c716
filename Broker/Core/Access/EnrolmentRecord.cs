using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>
/// A token that lets one agent make a key for itself, and what that key may do. Kept until it expires, used or not.
/// </summary>
public sealed record EnrolmentRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.Enrolment;

    public override string Key => Id;

    public override DateTimeOffset? UselessAt => ExpiresAt;

    public required string Id { get; init; }

    /// <summary>SHA-256 of the token's secret.</summary>
    public required byte[] SecretHash { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The handler's name; null when the agent may choose one that fits <see cref="Handlers"/>.</summary>
    public string? Handler { get; init; }

    /// <summary>A pattern.</summary>
    public string? Handlers { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Where it may be used, and the key after it; anywhere when null.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    public int? MaxCapacity { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When the key that is made with it ends; never when null.</summary>
    public DateTimeOffset? KeyExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>The key that was made with it.</summary>
    public string? KeyId { get; init; }

    /// <summary>The name that an agent gets who asks for this one; null when it may not have it.</summary>
    public string? NameFor(string? asked) =>
        Handler is not null
            ? asked is null || asked == Handler
                ? Handler
                : null
            : Names.IsName(asked) && Names.Matches(Handlers, asked)
                ? asked
                : null;

    /// <summary>False also for a peer whose address is not known, when the token is bound to some.</summary>
    public bool Admits(string? address) => Addresses is null || AddressRange.AnyHolds(Addresses, address);
}
