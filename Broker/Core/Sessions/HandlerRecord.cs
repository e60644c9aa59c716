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

    /// <summary>When it last said Hello.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }
}
