namespace ScheduleZero.Contracts.Rest;

public sealed record LoginRequest
{
    public required string UserName { get; init; }

    public required string Password { get; init; }

    /// <summary>
    /// The second factor, for users who have one: six digits of the authenticator app, or one of the recovery codes.
    /// </summary>
    public string? Totp { get; init; }
}

public sealed record RefreshRequest
{
    public required string RefreshToken { get; init; }
}

/// <summary>The tokens of a user session, as RFC 6749, section 5.1, has them, in camelCase.</summary>
public sealed record TokenAnswer
{
    /// <summary>The access token, a JWT, for <c>Authorization: Bearer …</c>.</summary>
    public required string AccessToken { get; init; }

    /// <summary>The type of the access token, always <c>Bearer</c>.</summary>
    public required string TokenType { get; init; }

    /// <summary>The life of the access token in seconds.</summary>
    public required int ExpiresIn { get; init; }

    /// <summary>The refresh token, which is good once. A second use of the same token ends the session.</summary>
    public required string RefreshToken { get; init; }

    /// <summary>When the session ends, however often the token is refreshed.</summary>
    public required DateTimeOffset SessionExpiresAt { get; init; }

    /// <summary>Whether nothing else is allowed until the password is changed.</summary>
    public bool? MustChangePassword { get; init; }
}

/// <summary>Who the caller is, and what they may do.</summary>
public sealed record MeView
{
    /// <summary>The caller's name as it stands in <c>createdBy</c>: <c>user:ana</c>, <c>key:1a2b3c4d5e6f</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of the caller: <c>user</c> or <c>key</c>.</summary>
    public required string Kind { get; init; }

    public required IReadOnlyList<RoleGrant> Roles { get; init; }

    /// <summary>
    /// What the roles open now, from the caller's address. What is not named here is refused.
    /// </summary>
    public IReadOnlyList<GrantedRule>? Rules { get; init; }

    public string? SessionId { get; init; }

    public bool? TwoFactor { get; init; }

    public bool? MustChangePassword { get; init; }

    public int? RequestsPerMinute { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Permissions that one of the caller's roles gives.</summary>
/// <param name="Namespace">The namespace; <c>*</c> for all, and for the Broker's own affairs.</param>
/// <param name="Permissions">The permissions, each written out, such as <c>jobs:read</c>.</param>
/// <param name="Names">The patterns that names must fit; everything when not given.</param>
public sealed record GrantedRule(
    string Namespace,
    IReadOnlyList<string> Permissions,
    IReadOnlyList<string>? Names = null
);

/// <summary>Changes the caller's password, and ends every other session of the user.</summary>
public sealed record PasswordChange
{
    public required string CurrentPassword { get; init; }

    /// <summary>The new password: 15 to 256 characters, not the user's name, none of the well-known ones.</summary>
    public required string NewPassword { get; init; }
}

public sealed record PasswordProof
{
    public required string Password { get; init; }
}

/// <summary>
/// The secret of a second factor, for the authenticator app. The factor is in force once a code has been confirmed.
/// </summary>
public sealed record TotpSecret
{
    /// <summary>The secret in Base32.</summary>
    public required string Secret { get; init; }

    /// <summary>The secret as <c>otpauth://…</c>, for a QR code.</summary>
    public required string Uri { get; init; }
}

public sealed record TotpProof
{
    public required string Code { get; init; }
}

/// <summary>
/// The recovery codes. Each code is good once, in place of one of the app; the codes are shown only this once.
/// </summary>
public sealed record RecoveryCodes(IReadOnlyList<string> Codes);

public sealed record UserSessionView
{
    public required string Id { get; init; }

    /// <summary>Whether the session is that of the request.</summary>
    public required bool Current { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset LastUsedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string? Address { get; init; }

    public string? UserAgent { get; init; }
}

/// <summary>Public keys that access tokens are signed with (RFC 7517).</summary>
public sealed record JsonWebKeys(IReadOnlyList<JsonWebKeyView> Keys);

/// <summary>A P-256 key as a JWK.</summary>
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
