namespace ScheduleZero.Edges;

/// <summary>A listener's flags about addresses, as somebody read them; null for one that was not given.</summary>
/// <param name="ConnectionsPerAddress">A number, not read yet.</param>
public sealed record EdgeFlags(
    IReadOnlyList<string>? TrustedProxies,
    IReadOnlyList<string>? AllowFrom,
    string? ConnectionsPerAddress
);
