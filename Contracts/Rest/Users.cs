namespace ScheduleZero.Contracts.Rest;

/// <summary>A role on a namespace; <c>*</c> means everywhere, the Broker's own affairs included.</summary>
public sealed record RoleGrant(string Role, string Namespace);

/// <summary>Permissions on everything in a namespace, or on what has a name that fits.</summary>
public sealed record RoleRule
{
    /// <summary>
    /// The permissions, such as <c>jobs:read</c>; <c>jobs:*</c> means all on jobs, <c>*</c> everything.
    /// </summary>
    public required IReadOnlyList<string> Permissions { get; init; }

    /// <summary>
    /// The patterns that names must fit, such as <c>reports.*</c>: methods for jobs, and the names of schedules and
    /// handlers; everything when not given. What has no such name, such as the stream of events, is not opened by a
    /// rule that has patterns.
    /// </summary>
    public IReadOnlyList<string>? Names { get; init; }
}

public sealed record RoleRequest
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The rules of the role, 1 to 32.</summary>
    public required IReadOnlyList<RoleRule> Rules { get; init; }

    /// <summary>
    /// Where the role's holders may come from, as addresses or ranges, 64 at most; anywhere when not given.
    /// </summary>
    public IReadOnlyList<string>? Addresses { get; init; }
}

public sealed record RoleView
{
    public required string Name { get; init; }

    /// <summary>Whether the role is one of admin, operator and viewer, which cannot be changed.</summary>
    public required bool BuiltIn { get; init; }

    public string? Description { get; init; }

    public required IReadOnlyList<RoleRule> Rules { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }

    public required long Version { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public string? CreatedBy { get; init; }
}

public sealed record UserRequest
{
    public required string UserName { get; init; }

    /// <summary>The password, 15 to 256 characters; the Broker makes one, and shows it once, when not given.</summary>
    public string? Password { get; init; }

    public IReadOnlyList<RoleGrant>? Roles { get; init; }

    /// <summary>Whether the password is only good for choosing another; true when not given.</summary>
    public bool? MustChangePassword { get; init; }

    /// <summary>
    /// How many REST requests the user may make in a minute, 1 to 10,000,000; the Broker's default when not given.
    /// </summary>
    public int? RequestsPerMinute { get; init; }
}

/// <summary>The changes to a user. A field that is not given stays.</summary>
public sealed record UserPatch
{
    public IReadOnlyList<RoleGrant>? Roles { get; init; }

    /// <summary>Whether the user is disabled; true also ends every session of the user.</summary>
    public bool? Disabled { get; init; }

    public int? RequestsPerMinute { get; init; }

    /// <summary>Ends a lock-out when false. A user cannot be locked out by hand; disable the user instead.</summary>
    public bool? Locked { get; init; }

    /// <summary>Removes the second factor when false, for somebody who has lost it.</summary>
    public bool? TwoFactor { get; init; }
}

public record UserView
{
    public required string UserName { get; init; }

    public required IReadOnlyList<RoleGrant> Roles { get; init; }

    public required bool Disabled { get; init; }

    public required bool TwoFactor { get; init; }

    public required bool MustChangePassword { get; init; }

    /// <summary>
    /// Until when no password is checked, after too many wrong ones. Not set when the user is not locked out.
    /// </summary>
    public DateTimeOffset? LockedUntil { get; init; }

    public int? RequestsPerMinute { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? PasswordChangedAt { get; init; }
}

/// <summary>A new user, with the password if the Broker made it; the password is shown only this once.</summary>
public sealed record UserCreated : UserView
{
    public string? Password { get; init; }
}

/// <summary>Sets a new password for another user.</summary>
public sealed record PasswordReset
{
    /// <summary>The new password; the Broker makes one, and shows it once, when not given.</summary>
    public string? Password { get; init; }
}

public sealed record PasswordAnswer
{
    /// <summary>The new password, if the Broker made it.</summary>
    public string? Password { get; init; }
}
