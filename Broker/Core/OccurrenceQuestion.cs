using ScheduleZero.Broker.Core.Schedules;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// A question to the store: which occurrences have their jobs already. The question goes out with
/// <see cref="Effect.LookUpOccurrences"/> and comes back with <see cref="BrokerInput.OccurrencesLookedUp"/>, so that
/// the answer finds whoever asked, or is ignored when nobody waits for it any more.
/// </summary>
public abstract record OccurrenceQuestion
{
    private OccurrenceQuestion() { }

    /// <summary>A backfill asks which instants of its portion have their jobs.</summary>
    internal sealed record OfBackfill(string Namespace, string Schedule, BackfillPortion Portion) : OccurrenceQuestion;

    /// <summary>
    /// A schedule asks which instants were served while the clock stood ahead of the time to which it was set back.
    /// </summary>
    internal sealed record OfClockSetBack(string Namespace, string Schedule, DoubtfulInstants Instants)
        : OccurrenceQuestion;

    /// <summary>The intake of offline runs asks which of the reported runs are in the history already.</summary>
    internal sealed record OfOfflineRuns(BrokerInput.RanSaid Report) : OccurrenceQuestion;
}
