using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>A public CURVE key that may connect to the ROUTER.</summary>
public sealed record CurveKeyRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.CurveKey;

    public override string Key => CurveKeyId.Of(PublicKey);

    public override DateTimeOffset? UselessAt => ExpiresAt;

    /// <summary>The key in 40 characters of Z85.</summary>
    public required string PublicKey { get; init; }

    /// <summary>The name of the peer that has the key, as the admin who allowed the key gave it.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The account of the enrolled key that the CURVE key came with: the CURVE key counts while a key of the account is
    /// valid. Null for a key that an admin named.
    /// </summary>
    public string? Account { get; init; }

    /// <summary>The namespace of the handler that enrolled; null for a key that an admin named.</summary>
    public string? Namespace { get; init; }

    /// <summary>The handler that enrolled; null for a key that an admin named.</summary>
    public string? Handler { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>When the key may connect no more; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
