using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Explaining;

/// <summary>What explanations are made of.</summary>
internal static class GateViews
{
    /// <summary>Jobs, or handlers, that one sentence names.</summary>
    public const int NamedMax = 5;

    public static GateView Pass(GateCode gate, string sentence) => new(gate, Passed: true, sentence);

    public static GateView Hold(GateCode gate, string sentence, string opensWhen, DateTimeOffset? opensAt = null) =>
        new(gate, Passed: false, sentence, opensWhen, opensAt);

    /// <summary>When a rate lets one more begin, by the wall clock; null when it does now.</summary>
    public static DateTimeOffset? OpensAt(RateWindow window, int limit, Moment now) =>
        window.OpensAt(limit) is { } at ? now.Wall + (at - now.Steady) : null;

    /// <summary>Names of the handlers whose sessions these are.</summary>
    public static string Names(List<SessionOffer> offers)
    {
        var names = offers.Select(offer => offer.Handler).Distinct().Order(StringComparer.Ordinal).ToList();
        return names.Count <= NamedMax
            ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(NamedMax))} and {names.Count - NamedMax} more";
    }
}
