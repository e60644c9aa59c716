namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>A handler in its stored form, also while none of its instances is connected.</summary>
public sealed record HandlerRecord
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>The methods that the handler offered, and was allowed to, when it was connected last.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>True while an operator wants the handler to take no new work.</summary>
    public bool Drained { get; init; }

    /// <summary>
    /// When the handler last gave a sign of life, as far as that was stored: at Hello, at most an hour apart while the
    /// handler is connected, and at its session's end.
    /// </summary>
    public required DateTimeOffset LastSeenAt { get; init; }
}
