using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Explaining;

/// <summary>Makes the rows of explanations.</summary>
internal static class GateViews
{
    /// <summary>How many jobs, or handlers, one sentence names at most.</summary>
    public const int NamedMax = 5;

    public static GateView Pass(GateCode gate, string sentence) => new(gate, Passed: true, sentence);

    public static GateView Hold(GateCode gate, string sentence, string opensWhen, DateTimeOffset? opensAt = null) =>
        new(gate, Passed: false, sentence, opensWhen, opensAt);

    /// <summary>When a rate limit lets one more attempt begin, by the wall clock; null when it does now.</summary>
    public static DateTimeOffset? OpensAt(RateWindow window, int limit, Moment now) =>
        window.OpensAt(limit) is { } at ? now.Wall + (at - now.Steady) : null;

    /// <summary>The names of the handlers of these sessions, for a sentence.</summary>
    public static string Names(List<SessionOffer> offers)
    {
        var names = offers.Select(offer => offer.Handler).Distinct().Order(StringComparer.Ordinal).ToList();
        return names.Count <= NamedMax
            ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(NamedMax))} and {names.Count - NamedMax} more";
    }
}
