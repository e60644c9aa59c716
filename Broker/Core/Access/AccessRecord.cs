using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>Kept on disk: numbers are never used again for something else.</summary>
public enum AccessKind
{
    User = 1,
    Role = 2,
    SignIn = 3,
    SigningKey = 4,
    Enrolment = 5,
    Namespace = 6,
}

/// <summary>
/// One row of who may do what, beside the API keys. A change makes the next version; what was read before it is refused
/// as a basis.
/// </summary>
public abstract record AccessRecord
{
    private protected AccessRecord() { }

    public abstract AccessKind Kind { get; }

    /// <summary>Its name among those of its kind.</summary>
    public abstract string Key { get; }

    /// <summary>Counted from 1; set by Core.</summary>
    public long Version { get; init; }

    /// <summary>When it is of no use any more, and is forgotten.</summary>
    public virtual DateTimeOffset? UselessAt => null;
}

/// <summary>Somebody who signs in with a password.</summary>
public sealed record UserRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.User;

    public override string Key => Id;

    /// <summary>Never given twice, also not under a name that was deleted before.</summary>
    public required string Id { get; init; }

    public required string UserName { get; init; }

    /// <summary>As names are compared: no two users share one.</summary>
    public required string NormalizedName { get; init; }

    public string? PasswordHash { get; init; }

    /// <summary>May do nothing but change the password.</summary>
    public bool MustChangePassword { get; init; }

    public bool Disabled { get; init; }

    public IReadOnlyList<RoleGrant> Roles { get; init; } = [];

    public int? RequestsPerMinute { get; init; }

    public int FailedSignIns { get; init; }

    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>
    /// Secret of the authenticator app, under Data Protection; in use only when <see cref="HasTwoFactor"/>.
    /// </summary>
    public string? AuthenticatorKey { get; init; }

    public bool HasTwoFactor { get; init; }

    /// <summary>The recovery codes that were not used yet, with <c>;</c> between them, under Data Protection.</summary>
    public string? RecoveryCodes { get; init; }

    /// <summary>The time step (RFC 6238) of the last code taken: it and those before it are not taken again.</summary>
    public long LastTotpStep { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? PasswordChangedAt { get; init; }

    /// <summary>How often the password was changed. When it moves, every session of the user ends.</summary>
    public int PasswordChanges { get; init; }

    public UserRecord WithPassword(string hash, bool mustChange, DateTimeOffset now) =>
        this with
        {
            PasswordHash = hash,
            MustChangePassword = mustChange,
            PasswordChangedAt = now,
            PasswordChanges = PasswordChanges + 1,
        };

    public UserRecord WithoutTwoFactor() =>
        this with
        {
            HasTwoFactor = false,
            AuthenticatorKey = null,
            RecoveryCodes = null,
        };
}

/// <summary>A set of permissions under a name; what it is good for is a grant's to say.</summary>
public sealed record RoleRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.Role;

    public override string Key => Name;

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required IReadOnlyList<RoleRule> Rules { get; init; }

    /// <summary>Where its holders may come from; anywhere when null.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }
}

/// <summary>A user's session: a family of refresh tokens, of which one at a time is good.</summary>
public sealed record SignInRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.SignIn;

    public override string Key => Id;

    public override DateTimeOffset? UselessAt => ExpiresAt;

    public required string Id { get; init; }

    public required string UserId { get; init; }

    /// <summary>SHA-256 of the refresh token that is good.</summary>
    public required byte[] RefreshHash { get; init; }

    /// <summary>How often it was refreshed.</summary>
    public long Refreshes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>No refresh moves it.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public required DateTimeOffset LastUsedAt { get; init; }

    public string? Address { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>How the user proved who they are, such as <c>pwd</c> and <c>otp</c> (RFC 8176).</summary>
    public IReadOnlyList<string> Proofs { get; init; } = [];
}

/// <summary>A key that signs access tokens.</summary>
public sealed record SigningKeyRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.SigningKey;

    public override string Key => Id;

    public override DateTimeOffset? UselessAt => VerifiesUntil;

    public required string Id { get; init; }

    /// <summary>PKCS #8, under Data Protection.</summary>
    public required byte[] ProtectedKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset SignsUntil { get; init; }

    public required DateTimeOffset VerifiesUntil { get; init; }
}
