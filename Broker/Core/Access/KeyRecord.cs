using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>An API key as the Broker knows it: everything but the secret.</summary>
public sealed record KeyRecord
{
    public required string Id { get; init; }

    /// <summary>SHA-256 of the secret.</summary>
    public required byte[] SecretHash { get; init; }

    public required KeyKind Kind { get; init; }

    /// <summary>handler: where it lives. service: where its roles hold; <c>*</c> is everywhere.</summary>
    public required string Namespace { get; init; }

    public string? Handler { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<string>? Roles { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Where it may be used from; anywhere when null.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>service: REST requests that it may make; the Broker's default when null.</summary>
    public int? RequestsPerMinute { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>False also for a peer whose address is not known, when the key is bound to some.</summary>
    public bool Admits(string? address) => Addresses is null || AddressRange.AnyHolds(Addresses, address);

    public bool IsValidAt(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}
