using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>An API key as the Broker knows it: everything but the secret.</summary>
public sealed record KeyRecord
{
    /// <summary>Why a key was revoked of which two copies were seen.</summary>
    public const string Cloned = "cloned";

    public required string Id { get; init; }

    /// <summary>SHA-256 of the secret; empty for an enrolled key, which has none.</summary>
    public required byte[] SecretHash { get; init; }

    public required KeyKind Kind { get; init; }

    /// <summary>Only of a key that enrolled.</summary>
    public KeyPair? Pair { get; init; }

    /// <summary>handler: where it lives. service: where its roles hold; <c>*</c> is everywhere.</summary>
    public required string Namespace { get; init; }

    public string? Handler { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<string>? Roles { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Where it may be used from; anywhere when null.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>
    /// handler: attempts that a copy may hold, whatever it asks for; as many as it asks for when null.
    /// </summary>
    public int? MaxCapacity { get; init; }

    /// <summary>service: REST requests that it may make; the Broker's default when null.</summary>
    public int? RequestsPerMinute { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary><see cref="Cloned"/>; null when somebody revoked it.</summary>
    public string? RevokedReason { get; init; }

    /// <summary>
    /// The key that this one took the place of, or the first of several; null for one that is the first.
    /// </summary>
    public string? Account { get; init; }

    /// <summary>Whoever holds the key, before and after it is rotated.</summary>
    public string AccountOrId => Account ?? Id;

    /// <summary>False also for a peer whose address is not known, when the key is bound to some.</summary>
    public bool Admits(string? address) => Addresses is null || AddressRange.AnyHolds(Addresses, address);

    public bool IsValidAt(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}
