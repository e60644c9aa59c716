using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host.Alerting;

/// <summary>Finds the conditions that are about the whole Broker: its disk, its links and its certificates.</summary>
/// <param name="disk">Watches the store's disk; null where there is no disk that could be full.</param>
/// <param name="certificates">The certificates of the listeners; null where none of ours listens.</param>
internal sealed class BrokerWideConditions(
    DiskWatch? disk,
    Func<IReadOnlyList<LinkView>> links,
    CertificateChoice? certificates
)
{
    private const double GibiByte = 1024d * 1024 * 1024;

    public IReadOnlyList<SeenState> Disk() =>
        disk is null or { Level: DiskLevel.Enough }
            ? []
            :
            [
                StateConditions.State(
                    "disk",
                    StateConditions.Text(
                        $"{(disk.FreeBytes ?? 0) / GibiByte:0.00} GiB are free. {EffectOf(disk.Level)}"
                    )
                ),
            ];

    private static string EffectOf(DiskLevel level) =>
        level == DiskLevel.VeryLow ? "No job is started." : "New work is refused.";

    public IReadOnlyList<SeenState> Links(AlertRuleRecord rule, DateTimeOffset now) =>
        [
            .. links()
                // An address that only knocked and was refused is no link.
                .Where(link =>
                    link.State == LinkState.Down
                    && (link.Bridges.Count > 0 || link.DialledBy == LinkDialler.Broker)
                    && now - link.Since >= rule.After
                )
                .Select(link =>
                    StateConditions.State(
                        link.Bridges.Count > 0 ? string.Join(", ", link.Bridges) : link.Address,
                        StateConditions
                            .Text($"Down since {link.Since.UtcDateTime:u}, at {link.Address}. {link.LastError?.Detail}")
                            .TrimEnd()
                    )
                )
                .DistinctBy(state => state.Subject),
        ];

    public IReadOnlyList<SeenState> Certificates(AlertRuleRecord rule, DateTimeOffset now) =>
        [
            .. (certificates?.States() ?? [])
                .Where(state => state.ValidUntil - now <= rule.After)
                .Select(state =>
                    StateConditions.State(
                        state.Names is { Count: > 0 } names ? string.Join(", ", names) : state.Source,
                        StateConditions
                            .Text($"It is valid until {state.ValidUntil!.Value.UtcDateTime:u}. {state.Problem}")
                            .TrimEnd()
                    )
                )
                .DistinctBy(state => state.Subject),
        ];
}
