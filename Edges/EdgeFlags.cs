namespace ScheduleZero.Edges;

/// <summary>
/// A listener's flags about addresses, as another reader read them; null for a flag that was not given.
/// </summary>
/// <param name="ConnectionsPerAddress">The text of a number, not parsed yet.</param>
public sealed record EdgeFlags(
    IReadOnlyList<string>? TrustedProxies,
    IReadOnlyList<string>? AllowFrom,
    string? ConnectionsPerAddress
)
{
    /// <summary>The flag that lets keys and jobs cross the network unencrypted.</summary>
    public const string Insecure = "--insecure-allow-remote-plaintext";
}
