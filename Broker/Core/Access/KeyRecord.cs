using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>An API key as the Broker knows it, which is everything but the secret.</summary>
public sealed record KeyRecord
{
    /// <summary>The reason with which a key is revoked when two copies of it were seen.</summary>
    public const string Cloned = "cloned";

    public required string Id { get; init; }

    /// <summary>The SHA-256 hash of the secret; empty for an enrolled key, which has no secret.</summary>
    public required byte[] SecretHash { get; init; }

    public required KeyKind Kind { get; init; }

    /// <summary>The key pair of an enrolled key; null for other keys.</summary>
    public KeyPair? Pair { get; init; }

    /// <summary>
    /// The namespace of a handler's key; for a service's key, the namespace in which its roles hold, or <c>*</c> for
    /// all.
    /// </summary>
    public required string Namespace { get; init; }

    public string? Handler { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<string>? Roles { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The addresses from which the key may be used; null for any.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>
    /// For a handler's key: how many open attempts each instance may have, whatever capacity it asks for. Null for no
    /// such limit.
    /// </summary>
    public int? MaxCapacity { get; init; }

    /// <summary>
    /// For a service's key: how many REST requests it may make in a minute; null for the Broker's default.
    /// </summary>
    public int? RequestsPerMinute { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>When the key expires; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the key was revoked; null when it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary><see cref="Cloned"/> when the Broker revoked the key by itself; null when somebody did.</summary>
    public string? RevokedReason { get; init; }

    /// <summary>
    /// The id of the first key in the series of rotated keys to which this one belongs; null for that first key itself.
    /// </summary>
    public string? Account { get; init; }

    /// <summary>The id of the account: it stays the same when the key is rotated.</summary>
    public string AccountOrId => Account ?? Id;

    /// <summary>
    /// Whether the key may be used from the address. A peer whose address is not known may not use a key that is bound
    /// to addresses.
    /// </summary>
    public bool Admits(string? address) => Addresses is null || AddressRange.AnyHolds(Addresses, address);

    public bool IsValidAt(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}
