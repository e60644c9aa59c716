using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Versions;

/// <summary>A Bridge that is linked, with what it runs.</summary>
/// <param name="Number">The place among the rows: one Bridge may be linked several times.</param>
/// <param name="Bridge">The name that the Bridge gives itself, fit to be shown.</param>
/// <param name="Version">What the Bridge says it runs, fit to be shown; null when it says nothing.</param>
/// <param name="Since">Since when its link is up.</param>
/// <param name="Address">The address of its link, fit to be shown.</param>
internal sealed record BridgeRow(int Number, string Bridge, string? Version, DateTimeOffset Since, string Address)
{
    /// <summary>The Bridges on links that are up, in order of their names.</summary>
    public static IReadOnlyList<BridgeRow> Of(IEnumerable<LinkView> links) =>
        [
            .. links
                .Where(link => link.State == LinkState.Up)
                .SelectMany(
                    link => link.Bridges,
                    (link, bridge) =>
                        new BridgeRow(
                            0,
                            ForeignText.Short(bridge, 128),
                            LinkText.VersionOf(link, bridge),
                            link.Since,
                            ForeignText.Short(link.Address, 100)
                        )
                )
                .OrderBy(row => row.Bridge, StringComparer.Ordinal)
                .ThenBy(row => row.Address, StringComparer.Ordinal)
                .Select((row, number) => row with { Number = number }),
        ];
}
