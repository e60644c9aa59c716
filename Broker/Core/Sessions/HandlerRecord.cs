namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>What is kept of a handler while none of its copies is connected.</summary>
public sealed record HandlerRecord
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>As last offered and allowed.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>An operator asked it to take no new work.</summary>
    public bool Drained { get; init; }

    /// <summary>
    /// When it last gave a sign of life, as far as it was written down: at Hello, at most an hour apart while it is
    /// connected, and at its session's end.
    /// </summary>
    public required DateTimeOffset LastSeenAt { get; init; }
}
