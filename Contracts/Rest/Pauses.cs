namespace ScheduleZero.Contracts.Rest;

/// <summary>Asks for a pause of a method.</summary>
/// <param name="Reason">Why the method is paused, 1 to 1,000 characters; everybody who may see the method reads it.
/// </param>
/// <param name="Until">When the pause ends by itself; only a resume ends it when not given.</param>
public sealed record MethodPauseRequest(string Reason, DateTimeOffset? Until = null);

/// <summary>A pause: what is paused begins no attempt.</summary>
public sealed record PauseView
{
    public required string Reason { get; init; }

    /// <summary>Who paused, such as <c>user:ana</c>.</summary>
    public required string By { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>When the pause ends by itself; not set when only a resume ends it.</summary>
    public DateTimeOffset? Until { get; init; }
}
