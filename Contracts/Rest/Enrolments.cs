namespace ScheduleZero.Contracts.Rest;

/// <summary>A token that lets one agent make a key of its own, and what that key may do.</summary>
public sealed record EnrolmentRequest
{
    /// <summary>The handler's name. Either this or <c>handlers</c>.</summary>
    public string? Handler { get; init; }

    /// <summary>
    /// A pattern such as <c>office-*</c>: the agent chooses a name that fits, and for which there is no key yet.
    /// </summary>
    public string? Handlers { get; init; }

    /// <summary>Which methods it may offer, as patterns such as <c>reports.*</c>; all when not given.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Which groups it may join, as patterns; none when not given.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>
    /// Where the token and the key may be used from, as addresses or ranges, 64 at most; anywhere when not given.
    /// </summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>Attempts that it may hold at once, whatever it asks for, 1 to 2,500.</summary>
    public int? MaxCapacity { get; init; }

    /// <summary>How long the token is good, PT1M to PT1H; PT15M when not given.</summary>
    public TimeSpan? ExpiresIn { get; init; }
}

public record EnrolmentView
{
    public required string Id { get; init; }

    public required string Namespace { get; init; }

    public string? Handler { get; init; }

    public string? Handlers { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }

    public int? MaxCapacity { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When the key that is made with it ends: that of a key which ends itself. Never when not set.</summary>
    public DateTimeOffset? KeyExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>The key that was made with it.</summary>
    public string? KeyId { get; init; }
}

/// <summary>The only time that the token itself is shown.</summary>
public sealed record EnrolmentCreated : EnrolmentView
{
    public required string Token { get; init; }

    /// <summary>What to run on the handler's machine, with a Bridge's address in place of <c>BRIDGE-URL</c>.</summary>
    public required string Command { get; init; }
}
