using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Components;

/// <summary>A gate on the way of a job or of a schedule.</summary>
/// <param name="Name">The gate's name in REST, such as <c>noHandler</c>.</param>
/// <param name="Sentence">What the Broker says of the gate, with names that others gave.</param>
/// <param name="OpensWhen">What has to happen; null where nothing is known.</param>
/// <param name="OpensAt">When it opens; null where that is not known.</param>
public sealed record GateRow(string Name, bool Passed, string Sentence, string? OpensWhen, DateTimeOffset? OpensAt)
{
    internal static IReadOnlyList<GateRow> Of(IEnumerable<GateView> gates) =>
        [
            .. gates.Select(gate => new GateRow(
                NameOf(gate.Gate),
                gate.Passed,
                gate.Sentence,
                gate.OpensWhen,
                gate.OpensAt
            )),
        ];

    internal static IReadOnlyList<GateRow> Of(IEnumerable<ScheduleGateView> gates) =>
        [
            .. gates.Select(gate => new GateRow(
                NameOf(gate.Gate),
                gate.Passed,
                gate.Sentence,
                gate.OpensWhen,
                gate.OpensAt
            )),
        ];

    private static string NameOf<TCode>(TCode gate)
        where TCode : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(gate.ToString());
}
