namespace ScheduleZero.Contracts.Rest;

public sealed record LoginRequest
{
    public required string UserName { get; init; }

    public required string Password { get; init; }

    /// <summary>
    /// Six digits of the authenticator app, or one of the recovery codes; for users who have a second factor.
    /// </summary>
    public string? Totp { get; init; }
}

public sealed record RefreshRequest
{
    public required string RefreshToken { get; init; }
}

/// <summary>As RFC 6749, section 5.1, in camelCase.</summary>
public sealed record TokenAnswer
{
    /// <summary>A JWT, for <c>Authorization: Bearer …</c>.</summary>
    public required string AccessToken { get; init; }

    /// <summary>Always <c>Bearer</c>.</summary>
    public required string TokenType { get; init; }

    /// <summary>Seconds.</summary>
    public required int ExpiresIn { get; init; }

    /// <summary>Good once. One that was used before ends the session.</summary>
    public required string RefreshToken { get; init; }

    /// <summary>When the session ends, however often it is refreshed.</summary>
    public required DateTimeOffset SessionExpiresAt { get; init; }

    /// <summary>Until the password is changed, nothing else is allowed.</summary>
    public bool? MustChangePassword { get; init; }
}

/// <summary>Who the caller is, and what they may do.</summary>
public sealed record MeView
{
    /// <summary>As it stands in <c>createdBy</c>: <c>user:ana</c>, <c>key:1a2b3c4d5e6f</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>user</c> or <c>key</c>.</summary>
    public required string Kind { get; init; }

    public required IReadOnlyList<RoleGrant> Roles { get; init; }

    public string? SessionId { get; init; }

    public bool? TwoFactor { get; init; }

    public bool? MustChangePassword { get; init; }

    public int? RequestsPerMinute { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Ends every other session of the user.</summary>
public sealed record PasswordChange
{
    public required string CurrentPassword { get; init; }

    /// <summary>15 to 256 characters, not the user's name, none of the well-known ones.</summary>
    public required string NewPassword { get; init; }
}

public sealed record PasswordProof
{
    public required string Password { get; init; }
}

/// <summary>For the authenticator app. In force once a code has been confirmed.</summary>
public sealed record TotpSecret
{
    /// <summary>Base32.</summary>
    public required string Secret { get; init; }

    /// <summary><c>otpauth://…</c>, for a QR code.</summary>
    public required string Uri { get; init; }
}

public sealed record TotpProof
{
    public required string Code { get; init; }
}

/// <summary>Each is good once, in place of a code. Shown only this once.</summary>
public sealed record RecoveryCodes(IReadOnlyList<string> Codes);

public sealed record UserSessionView
{
    public required string Id { get; init; }

    /// <summary>The one that asks.</summary>
    public required bool Current { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastUsedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string? Address { get; init; }

    public string? UserAgent { get; init; }
}

/// <summary>Public keys that access tokens are signed with (RFC 7517).</summary>
public sealed record JsonWebKeys(IReadOnlyList<JsonWebKeyView> Keys);

/// <summary>A P-256 key.</summary>
public sealed record JsonWebKeyView
{
    public required string Kty { get; init; }

    public required string Crv { get; init; }

    public required string X { get; init; }

    public required string Y { get; init; }

    public required string Kid { get; init; }

    public required string Use { get; init; }

    public required string Alg { get; init; }
}
