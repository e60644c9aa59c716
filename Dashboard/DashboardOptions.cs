using System.Net;

namespace ScheduleZero.Dashboard;

/// <summary>The bounds of the dashboard.</summary>
public sealed record DashboardOptions
{
    /// <summary>How many pages all users together may have open at once.</summary>
    public const int OpenPagesMaxDefault = 500;

    /// <summary>How many pages one user may have open at once.</summary>
    public const int OpenPagesPerUserMaxDefault = 40;

    public int OpenPagesMax { get; init; } = OpenPagesMaxDefault;

    public int OpenPagesPerUserMax { get; init; } = OpenPagesPerUserMaxDefault;

    /// <summary>
    /// How many requests a minute one network that shows no user session may make for pages. Requests for scripts and
    /// style sheets are not counted.
    /// </summary>
    public int AnonymousRequestsPerMinute { get; init; } = 120;

    /// <summary>The network of an address, which is counted as one stranger.</summary>
    public Func<IPAddress?, IPAddress> NetworkOf { get; init; } = static address => address ?? IPAddress.None;

    /// <summary>The version of the Broker, as pages show it.</summary>
    public string Version { get; init; } = "";
}
