namespace ScheduleZero.Broker.Core.Pauses;

/// <summary>
/// What a pause is about. Numbers and words are stored, so none is ever used again for another kind of subject.
/// </summary>
public enum PauseSubject
{
    /// <summary>All jobs of one method.</summary>
    Method = 1,
}

/// <summary>A pause in its stored form. It is there until it ends, and is then deleted.</summary>
public sealed record PauseRecord
{
    public required string Namespace { get; init; }

    public required PauseSubject Subject { get; init; }

    /// <summary>The name of what is paused: of a method.</summary>
    public required string Name { get; init; }

    /// <summary>Why somebody paused, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>Who paused, such as <c>user:ana</c>.</summary>
    public required string By { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>When the pause ends by itself, by the wall clock; null when only a resume ends it.</summary>
    public DateTimeOffset? Until { get; init; }
}
