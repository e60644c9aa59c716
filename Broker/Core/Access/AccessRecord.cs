using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Access;

/// <summary>The kinds of access rows. The numbers are stored, so none is ever used again for another kind.</summary>
public enum AccessKind
{
    User = 1,
    Role = 2,
    SignIn = 3,
    SigningKey = 4,
    Enrolment = 5,
    Namespace = 6,
    CurveKey = 7,
}

/// <summary>
/// One row that says who may do what, other than an API key. Each change makes the next version of the row; a change
/// that was made from an older version is refused.
/// </summary>
public abstract record AccessRecord
{
    private protected AccessRecord() { }

    public abstract AccessKind Kind { get; }

    /// <summary>The key of the row, unique within its kind.</summary>
    public abstract string Key { get; }

    /// <summary>The number of changes of the row, from 1. Core sets it.</summary>
    public long Version { get; init; }

    /// <summary>
    /// When the row is of no more use, and is deleted; null for a row that stays until somebody deletes it.
    /// </summary>
    public virtual DateTimeOffset? UselessAt => null;
}

/// <summary>Somebody who signs in with a password.</summary>
public sealed record UserRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.User;

    public override string Key => Id;

    /// <summary>
    /// The user's id, which is never given twice: a new user with the name of a deleted one has another.
    /// </summary>
    public required string Id { get; init; }

    public required string UserName { get; init; }

    /// <summary>The user's name in the form in which names are compared. No two users share one.</summary>
    public required string NormalizedName { get; init; }

    /// <summary>The hash of the password; null for a user without a password, who cannot sign in.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>True while the user may do nothing but change the password.</summary>
    public bool MustChangePassword { get; init; }

    public bool Disabled { get; init; }

    public IReadOnlyList<RoleGrant> Roles { get; init; } = [];

    public int? RequestsPerMinute { get; init; }

    public int FailedSignIns { get; init; }

    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>
    /// The secret of the authenticator app, encrypted with Data Protection; null for none. Sign-ins ask for a code only
    /// when <see cref="HasTwoFactor"/> is true.
    /// </summary>
    public string? AuthenticatorKey { get; init; }

    public bool HasTwoFactor { get; init; }

    /// <summary>
    /// The recovery codes that were not used yet, joined with <c>;</c> and encrypted with Data Protection; null for
    /// none.
    /// </summary>
    public string? RecoveryCodes { get; init; }

    /// <summary>
    /// The time step (RFC 6238) of the last code that was accepted. Codes of this step and of earlier ones are refused.
    /// </summary>
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

/// <summary>
/// A set of permissions under a name. A grant gives it to a user or key, for one namespace or for all.
/// </summary>
public sealed record RoleRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.Role;

    public override string Key => Name;

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required IReadOnlyList<RoleRule> Rules { get; init; }

    /// <summary>The addresses from which the role may be used; null for any.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }
}

/// <summary>A user session: a series of refresh tokens, of which only the newest is valid.</summary>
public sealed record SignInRecord : AccessRecord
{
    public override AccessKind Kind => AccessKind.SignIn;

    public override string Key => Id;

    public override DateTimeOffset? UselessAt => ExpiresAt;

    public required string Id { get; init; }

    public required string UserId { get; init; }

    /// <summary>The SHA-256 hash of the valid refresh token.</summary>
    public required byte[] RefreshHash { get; init; }

    /// <summary>How often the session was refreshed.</summary>
    public long Refreshes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the session ends at the latest. A refresh does not move this end.</summary>
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

    /// <summary>The private key as PKCS #8, encrypted with Data Protection.</summary>
    public required byte[] ProtectedKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when the key signs new tokens.</summary>
    public required DateTimeOffset SignsUntil { get; init; }

    /// <summary>Until when tokens that the key has signed are accepted.</summary>
    public required DateTimeOffset VerifiesUntil { get; init; }
}
