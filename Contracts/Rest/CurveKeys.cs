namespace ScheduleZero.Contracts.Rest;

/// <summary>A public CURVE key that may connect to the ROUTER from now on.</summary>
public sealed record CurveKeyRequest
{
    /// <summary>The key: 40 characters of Z85.</summary>
    public required string PublicKey { get; init; }

    /// <summary>
    /// The name of the peer that has the key. The old and the new key of one peer may have the same name.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>When the key may connect no more; never when not given.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A public CURVE key that may connect to the ROUTER.</summary>
public sealed record CurveKeyView
{
    /// <summary>The short name of the key: 12 hexadecimal digits that are made of it.</summary>
    public required string Id { get; init; }

    public required string PublicKey { get; init; }

    public required string Name { get; init; }

    /// <summary>
    /// Whether the key may connect now. A key that came with an enrolment may not once the keys of its handler are
    /// revoked or have expired.
    /// </summary>
    public required bool Allowed { get; init; }

    /// <summary>
    /// The namespace of the handler whose enrolment brought the key; missing for a key that an admin named.
    /// </summary>
    public string? Namespace { get; init; }

    /// <summary>The handler whose enrolment brought the key; missing for a key that an admin named.</summary>
    public string? Handler { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}
