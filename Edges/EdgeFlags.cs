namespace ScheduleZero.Edges;

/// <summary>
/// A listener's flags about addresses, as another reader read them; null for a flag that was not given.
/// </summary>
/// <param name="ConnectionsPerAddress">The text of a number, not parsed yet.</param>
public sealed record EdgeFlags(
    IReadOnlyList<string>? TrustedProxies,
    IReadOnlyList<string>? AllowFrom,
    string? ConnectionsPerAddress
);
