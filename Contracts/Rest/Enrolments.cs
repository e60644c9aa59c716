namespace ScheduleZero.Contracts.Rest;

/// <summary>Asks for a token that lets one agent make a key of its own, and says what that key may do.</summary>
public sealed record EnrolmentRequest
{
    /// <summary>The handler's name. Either <c>handler</c> or <c>handlers</c> is given.</summary>
    public string? Handler { get; init; }

    /// <summary>
    /// A pattern such as <c>office-*</c>: the agent chooses a name that fits, and for which there is no key yet.
    /// </summary>
    public string? Handlers { get; init; }

    /// <summary>
    /// The methods that the handler may offer, as patterns such as <c>reports.*</c>; all when not given.
    /// </summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>The groups that the handler may join, as patterns; none when not given.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>
    /// Where the token and the key may be used from, as addresses or ranges, 64 at most; anywhere when not given.
    /// </summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>How many attempts the handler may have at once, whatever it asks for, 1 to 2,500.</summary>
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

    /// <summary>
    /// When the key ends that is made with the token: as early as the key that made the token. Never when not set.
    /// </summary>
    public DateTimeOffset? KeyExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>The id of the key that was made with the token.</summary>
    public string? KeyId { get; init; }
}

/// <summary>A new enrolment token with its text, which is shown only this once.</summary>
public sealed record EnrolmentCreated : EnrolmentView
{
    public required string Token { get; init; }

    /// <summary>
    /// The command to run on the handler's machine, with a Bridge's address in place of <c>BRIDGE-URL</c>.
    /// </summary>
    public required string Command { get; init; }
}
