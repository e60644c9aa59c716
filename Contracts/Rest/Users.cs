namespace ScheduleZero.Contracts.Rest;

/// <summary>A role on a namespace; <c>*</c> is everywhere, the Broker's own affairs included.</summary>
public sealed record RoleGrant(string Role, string Namespace);

/// <summary>Permissions, on everything in a namespace or on what has a name that fits.</summary>
public sealed record RoleRule
{
    /// <summary>Such as <c>jobs:read</c>; <c>jobs:*</c> is all on jobs, <c>*</c> everything.</summary>
    public required IReadOnlyList<string> Permissions { get; init; }

    /// <summary>
    /// Patterns such as <c>reports.*</c>: methods for jobs, and the names of schedules and handlers; everything when
    /// not given. What has no such name, such as the stream of events, is not opened by a rule that has patterns.
    /// </summary>
    public IReadOnlyList<string>? Names { get; init; }
}

public sealed record RoleRequest
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>1 to 32.</summary>
    public required IReadOnlyList<RoleRule> Rules { get; init; }

    /// <summary>Where its holders may come from, as addresses or ranges, 64 at most; anywhere when not given.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }
}

public sealed record RoleView
{
    public required string Name { get; init; }

    /// <summary>One of admin, operator, viewer: it cannot be changed.</summary>
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

    /// <summary>15 to 256 characters; one is made, and shown once, when not given.</summary>
    public string? Password { get; init; }

    public IReadOnlyList<RoleGrant>? Roles { get; init; }

    /// <summary>True when not given: the password is good for choosing another.</summary>
    public bool? MustChangePassword { get; init; }

    /// <summary>REST requests that the user may make, 1 to 10,000,000; the Broker's default when not given.</summary>
    public int? RequestsPerMinute { get; init; }
}

/// <summary>What is not given stays.</summary>
public sealed record UserPatch
{
    public IReadOnlyList<RoleGrant>? Roles { get; init; }

    /// <summary>True ends every session of the user.</summary>
    public bool? Disabled { get; init; }

    public int? RequestsPerMinute { get; init; }

    /// <summary>False ends a lock-out. Nobody can be locked out by hand; disable them.</summary>
    public bool? Locked { get; init; }

    /// <summary>False takes the second factor away, for somebody who has lost it.</summary>
    public bool? TwoFactor { get; init; }
}

public record UserView
{
    public required string UserName { get; init; }

    public required IReadOnlyList<RoleGrant> Roles { get; init; }

    public required bool Disabled { get; init; }

    public required bool TwoFactor { get; init; }

    public required bool MustChangePassword { get; init; }

    /// <summary>Too many wrong passwords; until then none is looked at.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    public int? RequestsPerMinute { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? PasswordChangedAt { get; init; }
}

/// <summary>The only time that a password which the Broker made is shown.</summary>
public sealed record UserCreated : UserView
{
    public string? Password { get; init; }
}

/// <summary>A new password for somebody else.</summary>
public sealed record PasswordReset
{
    /// <summary>One is made, and shown once, when not given.</summary>
    public string? Password { get; init; }
}

public sealed record PasswordAnswer
{
    /// <summary>Only if the Broker made it.</summary>
    public string? Password { get; init; }
}
